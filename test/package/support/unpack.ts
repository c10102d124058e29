import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run';

/** A tarball of npm, unpacked: paths of its files relative to the package. */
export function unpack(tarball: string) {
  const scratch = mkdtempSync(join(tmpdir(), 'eggtooth-tarball-'));
  run(scratch, 'tar', '-xzf', tarball);
  const folder = join(scratch, 'package');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
  return { folder, files, remove: () => rmSync(scratch, { recursive: true, force: true }) };
}
