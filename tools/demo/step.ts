/** Runs a step of the demo, and prints its name and how long it took. */
export async function step<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  process.stdout.write(`- ${what}\n`);
  const result = await run();
  process.stdout.write(indent(`${((performance.now() - start) / 1000).toFixed(1)} s\n`));
  return result;
}

export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
