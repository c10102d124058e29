import { resolve } from 'node:path';
import type { Bench } from './bench';
import { compare, type Program } from './pairs';

/** The start of the command line: its help, compared with a program that does nothing. */
export const help: Bench = async (say) => [
  await compare(
    {
      name: 'eggtooth --help',
      ours: program('node lib/eggtooth.js --help', [resolve('lib/eggtooth.js'), '--help']),
      peer: program('node -e 0', ['-e', '0']),
      pairs: 40,
      target: 1.6,
    },
    say,
  ),
];

function program(command: string, args: readonly string[]): Program {
  return { command, args, cwd: resolve('.'), env: {} };
}
