import type { Duration } from 'cdk8s';
import { EggtoothError } from '../../errors';

/**
 * The wanted duration of a certificate in seconds.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if it is less than Kubernetes takes
 */
export function expirationSecondsOf(duration: Duration): number {
  const seconds = duration.toSeconds();
  if (seconds >= 600) return seconds;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `an expiration of ${seconds} s is refused by Kubernetes`, {
    fix: 'ask for 10 minutes or more',
  });
}
