import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Cluster } from '../../../tools/control-plane';

/** A folder of a user with these files, in which eggtooth and its peers are installed as `npm install` does. */
export function platformFolder({ dir }: Pick<Cluster, 'dir'>, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(dir, 'platform-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const link = (target: string, name: string) => symlinkSync(resolve(target), join(folder, 'node_modules', name));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  for (const name of ['cdk8s', 'constructs']) link(`node_modules/${name}`, name);
  link('.', 'eggtooth');
  link('lib/eggtooth.js', '.bin/eggtooth');
  link('node_modules/.bin/cdk8s', '.bin/cdk8s');
  return folder;
}
