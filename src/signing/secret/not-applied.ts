import { EggtoothError } from '../../errors';

/** What to do if a bundle is not in the cluster. */
export const APPLY_FIRST = 'apply the bundle first: run eggtooth up, or kubectl apply';

/** The error for a namespace of the bundle that the cluster does not have. */
export function noNamespace(name: string, cause?: EggtoothError): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'does not exist, so the bundle is not applied yet', {
    fix: `${APPLY_FIRST}; then run the command again`,
    object: { apiVersion: 'v1', kind: 'Namespace', name },
    cause,
  });
}
