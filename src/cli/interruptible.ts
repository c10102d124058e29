const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs something that may be stopped at any moment; whoever stops it is told how far it came.
 * @param run - gets a function to tell what it has reached
 */
export async function interruptible<Result>(
  run: (reached: (step: string) => void) => Promise<Result>,
): Promise<Result> {
  let last = 'nothing was done yet';
  const stop = (signal: keyof typeof CODES) => {
    process.stderr.write(`error: stopped by ${signal}; the last step: ${last}\n`);
    process.stderr.write('  fix: run again, it goes on from there: nothing is half-written\n');
    process.exit(CODES[signal]);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await run((step) => {
      last = step;
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
