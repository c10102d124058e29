/** Tells people something, on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Tells what is being done, on a terminal only. */
export function onProgress(step: string): void {
  if (process.stderr.isTTY) say(step);
}
