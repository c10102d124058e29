import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Claims the first free number in a folder, by creating the folder `PREFIX-N` in it. */
export function claim(folder: string, prefix: string, from: number, to: number): { number: number; dir: string } {
  for (let number = from; number <= to; number += 1) {
    const dir = join(folder, `${prefix}-${number}`);
    try {
      mkdirSync(dir, { mode: 0o700 });
      return { number, dir };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
    }
  }
  throw new Error(`no free ${prefix} left in ${folder} (${from} to ${to})`);
}
