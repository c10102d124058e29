import { printTime } from '../../chain/certificate-duration';
import type { Credential } from '../../chain/credentials';
import { EggtoothError } from '../../errors';

/**
 * The duration to request for a credential, in seconds: the bundle's, or a shorter one.
 * @returns `undefined` if it is left to the cluster
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the wanted one is longer than the bundle's
 */
export function requestedDuration(
  { user, duration }: Pick<Credential, 'user' | 'duration'>,
  wanted: number | undefined,
): number | undefined {
  if (wanted === undefined || duration === undefined || wanted <= duration) return wanted ?? duration;
  throw new EggtoothError(
    'ERR_EGGTOOTH_OPTION',
    `the duration ${printTime(wanted)} is longer than the ${printTime(duration)} that the bundle states for the certificate of ${user}`,
    {
      fix: 'leave out the duration, or change it in the bundle (duration of the AssetsReader), synthesize, and apply it',
    },
  );
}
