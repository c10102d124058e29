import { EggtoothError } from '../../errors';
import type { Check } from './verifier';

/**
 * Refuses checks of which one failed.
 * @param problem - what the failed checks mean, as a sentence that they end
 * @throws EggtoothError `ERR_EGGTOOTH_VERIFICATION`, every failed check at once
 */
export function assertVerified(checks: readonly Check[], problem: string, fix: string): void {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length === 0) return;
  const list = failed.map(({ check, detail }) => `\n  ${check}: ${detail}`).join('');
  throw new EggtoothError('ERR_EGGTOOTH_VERIFICATION', `${problem}:${list}`, { fix });
}
