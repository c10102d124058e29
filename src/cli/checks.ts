import { assertVerified as assertAll, type Check, printCheck } from '../signing/verify/check';

/** A check as one line of a command's output. */
export function checkLine(check: Check): string {
  return `  ${check.ok ? 'verified ' : 'FAILED '}      ${printCheck(check)}: ${check.detail}`;
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
  const checks = results.flatMap((result) => result.checks);
  assertAll(checks, `${done}, and reading is not verified`, fix);
}
