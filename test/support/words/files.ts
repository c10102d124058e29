import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const TEXT = /\.(md|yml|[cm]?[jt]s)$|^package\.json$/;

/** What is generated, and the list of the words itself. */
const NOT_OURS = /^(api|imports)\/|^test\/support\/words\/banned\.ts$|^test\/words\.test\.ts$/;

/** Every file of the repository with text that we write. */
export function files(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  return listed.split('\n').filter((file) => TEXT.test(file) && !NOT_OURS.test(file) && existsSync(file));
}
