import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { assertNotRevoked } from '../generation/assert-not-revoked';
import { readBindings } from '../generation/bindings';
import type { Check } from '../verify/check';
import { Verifier } from '../verify/verifier';
import { applySecrets } from './apply-secrets';
import { readState } from './secret-state';

/** Options of {@link writeSecrets}. */
export interface WriteSecretsOptions {
  /**
   * How long one call with the certificate may take, in milliseconds.
   * @default 30000
   */
  readonly timeout?: number;
}

/**
 * Writes a certificate, its key and the CA of the endpoints into every Secret of a credential: type kubernetes.io/tls,
 * server-side apply, each Secret in one write. Before that it checks that every endpoint accepts the certificate with
 * that CA. Flux does not notice the new Secrets by itself: see {@link requestReconcile}.
 *
 * An endpoint that cannot be reached from here does not throw: look at {@link Check.ok}.
 *
 * @returns whether the API server at each endpoint identifies the certificate's holder as the user
 * @example
 * ```ts
 * const [credential] = chain.credentials;
 * const certificate = checkCertificate(pem, { user: credential.user, privateKey: privateKey.toKeyObject() });
 * await writeSecrets(cluster, credential, { certificate, algorithm: 'P-256', privateKey, csr: submitted });
 * for (const { object } of credential.repositories) await requestReconcile(cluster, object);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CA` or `ERR_EGGTOOTH_CERTIFICATE` if an endpoint does not accept it, and
 * `ERR_EGGTOOTH_GENERATION` if the user was revoked, before anything is written; any code of the {@link Cluster}
 */
export async function writeSecrets(
  cluster: Cluster,
  credential: Credential,
  issued: IssuedCertificate,
  { timeout = 30_000 }: WriteSecretsOptions = {},
): Promise<readonly Check[]> {
  const [state, bindings] = await Promise.all([readState(cluster, credential), readBindings(cluster, credential)]);
  const { caOf, issueCount, secrets, current } = state;
  current?.privateKey.clear();
  assertNotRevoked(credential, [...secrets, ...bindings]);
  const isSame = current?.certificate.fingerprint === issued.certificate.fingerprint;
  const verifier = new Verifier(credential, issued, caOf, timeout);
  try {
    const identity = await verifier.identity();
    await applySecrets(cluster, credential, issued, { caOf, issueCount: isSame ? issueCount : issueCount + 1 });
    return identity;
  } finally {
    verifier.close();
  }
}
