import { EggtoothError } from '../errors';
import type { Check } from '../signing/verify/verifier';

/** A check as one line of a command's output. */
export function printCheck({ check, ok, detail }: Check): string {
  return `  ${ok ? 'verified ' : 'FAILED '}      ${check}: ${detail}`;
}

/**
 * Refuses results of which something is not verified.
 * @param done - what is done all the same, as in `the Secrets are written`
 * @throws EggtoothError `ERR_EGGTOOTH_VERIFICATION`
 */
export function assertVerified(
  results: readonly { readonly checks: readonly Check[] }[],
  done: string,
  fix: string,
): void {
  const failed = results.flatMap(({ checks }) => checks.filter(({ ok }) => !ok));
  if (failed.length === 0) return;
  const list = failed.map(({ check, detail }) => `\n  ${check}: ${detail}`).join('');
  throw new EggtoothError('ERR_EGGTOOTH_VERIFICATION', `${done}, and reading is not verified:${list}`, { fix });
}
