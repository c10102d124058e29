import { EggtoothError } from '../errors';
import type { ProofCheck } from '../signing/verify/verifier';

/** A check as one line of a command's output. */
export function printCheck({ check, ok, detail }: ProofCheck): string {
  return `  ${ok ? 'proven ' : 'FAILED '}      ${check}: ${detail}`;
}

/**
 * Refuses results of which something is not proven.
 * @param done - what is done all the same, as in `the Secrets are written`
 * @throws EggtoothError `ERR_EGGTOOTH_PROOF`
 */
export function assertProven(
  results: readonly { readonly proof: readonly ProofCheck[] }[],
  done: string,
  cure: string,
): void {
  const failed = results.flatMap(({ proof }) => proof.filter(({ ok }) => !ok));
  if (failed.length === 0) return;
  const list = failed.map(({ check, detail }) => `\n  ${check}: ${detail}`).join('');
  throw new EggtoothError('ERR_EGGTOOTH_PROOF', `${done}, and reading is not proven:${list}`, { cure });
}
