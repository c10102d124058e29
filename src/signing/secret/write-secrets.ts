import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { assertNotRevoked } from '../generation/assert-not-revoked';
import type { Check } from '../verify/check';
import { Verifier } from '../verify/verifier';
import { assertWritable, untilVerified, type VerificationOptions } from '../verify/verify-before-write';
import { applySecrets } from './apply-secrets';
import { type AdoptOptions, assertOurs } from './assert-ours';
import { fingerprintOf } from './judge-secret';
import { readState } from './secret-state';

/** Options of {@link writeSecrets}. */
export interface WriteSecretsOptions extends AdoptOptions, VerificationOptions {
  /**
   * How long one call with the certificate may take, in milliseconds.
   * @default 30000
   */
  readonly timeout?: number;
}

/**
 * Writes a certificate, its key and the CA of the endpoints into every Secret of a credential: type kubernetes.io/tls,
 * server-side apply, each Secret in one write. Before that, the certificate is used as Flux will use it: what is not
 * verified is not written. Flux does not notice the new Secrets by itself: see {@link requestReconcile}.
 *
 * @returns what was verified
 * @example
 * ```ts
 * const [credential] = chain.credentials;
 * const certificate = checkCertificate(pem, { user: credential.user, privateKey: privateKey.toKeyObject() });
 * await writeSecrets(cluster, credential, { certificate, algorithm: 'P-256', privateKey, csr: submitted });
 * for (const { object } of credential.repositories) await requestReconcile(cluster, object);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CA` or `ERR_EGGTOOTH_CERTIFICATE` if an endpoint does not accept it,
 * `ERR_EGGTOOTH_VERIFICATION` if another check fails, `ERR_EGGTOOTH_FOREIGN` if a Secret is somebody else's, and
 * `ERR_EGGTOOTH_GENERATION` if the user was revoked, before anything is written; any code of the {@link Cluster}
 */
export async function writeSecrets(
  cluster: Cluster,
  credential: Credential,
  issued: IssuedCertificate,
  options: WriteSecretsOptions = {},
): Promise<readonly Check[]> {
  const { timeout = 30_000 } = options;
  const { caOf, cas, issueCount, secrets, current } = await readState(cluster, credential);
  current?.privateKey.clear();
  await assertNotRevoked(cluster, credential, secrets);
  assertOurs(credential, secrets, options);
  const isSame = current !== undefined && fingerprintOf(current) === fingerprintOf(issued);
  const verifier = new Verifier({ cluster, credential, issued, cas, timeout });
  try {
    const checks = await untilVerified(verifier, options);
    assertWritable(checks, credential.user, options);
    const count = isSame ? issueCount : issueCount + 1;
    await applySecrets(cluster, credential, issued, { caOf, issueCount: count }, options);
    return checks;
  } finally {
    verifier.close();
  }
}
