import { type Command, CommanderError } from 'commander';
import { EggtoothError } from '../errors';
import { say } from './streams';

/** Prints an error, and returns the exit code: 2 for wrong use, 1 for any other failure, 0 for help and version. */
function report(error: unknown): number {
  // commander has printed it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof EggtoothError) {
    say(`error: ${error.message}\n  code: ${error.code}`);
    return error.code === 'ERR_EGGTOOTH_OPTION' ? 2 : 1;
  }
  say(`error: internal error, please report it: ${error instanceof Error ? error.stack : 'unknown'}`);
  return 1;
}

/** A reader of standard output that has gone, as in `eggtooth csr | head`, is no failure. */
function outputFailed({ code }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') return;
  const fix = 'check the file or device that standard output goes to';
  process.exitCode = report(
    new EggtoothError('ERR_EGGTOOTH_FILE', `cannot write to standard output (${code})`, { fix }),
  );
}

/** Runs the command line of the process, and sets the exit code. */
export async function run(program: Command): Promise<void> {
  process.stdout.on('error', outputFailed);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error) || process.exitCode;
  }
}
