import { isSameSecret } from '../chain/links';
import { EggtoothError } from '../errors';
import type { HeldCertificate } from '../signing/secret/held-certificate';
import type { Check } from '../signing/verify/check';
import { verifyCertificateCut, verifyUserCut } from '../signing/verify/verify-revoked';
import type { Run } from '../up/run';
import type { Leftovers } from './leftovers';

/**
 * Verifies that the removed users cannot read any longer: with the certificates that their Secrets held, and by asking
 * the API server what it would allow them, which needs no certificate.
 */
export async function verifyCut(
  run: Run,
  { users, routes, repositories }: Leftovers,
  certificates: readonly HeldCertificate[],
): Promise<readonly Check[]> {
  const tried = repositories.flatMap(({ object, secret, target }) => {
    const held = certificates.find((one) => isSameSecret(one.secret, secret) && users.includes(one.user));
    if (held === undefined || target instanceof EggtoothError) return [];
    return [verifyCertificateCut(run.cluster, held, { object, target }, run.deadline.callTimeout)];
  });
  const asked = users.flatMap((user) => routes.map((route) => verifyUserCut(run.cluster, user, route)));
  return Promise.all([...tried, ...asked]);
}
