import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../tools/control-plane';

/** A folder for the PATH, with programs of the harness by their own names. */
export function commands(cluster: Cluster, programs: Readonly<Record<string, string>>): string {
  const folder = join(cluster.dir, 'bin');
  mkdirSync(folder);
  for (const [name, program] of Object.entries(programs)) symlinkSync(program, join(folder, name));
  return folder;
}
