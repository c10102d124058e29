import type { Credential } from '../../chain/credentials';
import { Deadline, poll } from '../../cluster/poll';
import { assertVerified, type Check } from './check';
import type { Verifier } from './verifier';

/** How a certificate is verified before it is written. */
export interface VerificationOptions {
  /**
   * Write the Secrets although not everything could be verified. A certificate that an endpoint does not accept is never
   * written.
   * @default false
   */
  readonly unverified?: boolean;
}

/** {@link VerificationOptions}, and how long to wait until everything is verified. */
export interface PatientVerification extends VerificationOptions {
  /** In milliseconds. */
  readonly patience?: number;
  /** Called with the checks of each attempt. */
  readonly onChecks?: (credential: Credential, checks: readonly Check[]) => void;
  /** Called with the checks of each attempt that another one follows. */
  readonly onRepeat?: (checks: readonly Check[]) => void;
}

/** How long the API server may take to grant rights that are new, in milliseconds. */
const NOTICE = 5000;

/**
 * Makes the checks of a certificate until all are ok, or the patience is at its end.
 * @returns the checks of the last attempt
 * @throws EggtoothError `ERR_EGGTOOTH_CA`, unless `unverified`, if the CA did not sign the certificate of an endpoint;
 * `ERR_EGGTOOTH_CERTIFICATE` if an endpoint identifies nobody or somebody else
 */
export function untilVerified(
  verifier: Verifier,
  { unverified = false, patience = NOTICE, onChecks = () => {}, onRepeat }: PatientVerification,
): Promise<readonly Check[]> {
  return poll(
    new Deadline(patience),
    () => verifier.verify({ lenient: unverified }),
    (checks) => {
      onChecks(verifier.credential, checks);
      return checks.every(({ ok }) => ok);
    },
    { onWait: onRepeat },
  );
}

/**
 * Refuses to write a certificate if a check has failed.
 *
 * @param user - user of the certificate
 * @throws EggtoothError `ERR_EGGTOOTH_VERIFICATION`, unless `unverified`
 */
export function assertWritable(
  checks: readonly Check[],
  user: string,
  { unverified = false }: VerificationOptions,
): void {
  if (unverified) return;
  const problem = `nothing is written, because the certificate of ${user} is not verified`;
  assertVerified(checks, problem, 'solve that and run again, or write the Secrets all the same with --unverified');
}
