import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { readCas } from '../secret/ca-bundle';
import type { Check } from './check';
import { Verifier } from './verifier';

/** Options of {@link verify}. */
export interface VerifyOptions {
  /**
   * How long one call with the certificate may take, in milliseconds.
   * @default 30000
   */
  readonly timeout?: number;
}

/**
 * Uses a certificate as Flux does: at each endpoint of the credential, with the CA that its Secrets hold. Checks that the
 * API server identifies its holder as the user, that every index can be read, and that Secrets and other pods cannot.
 * The Secrets need not hold the certificate.
 *
 * A check that fails does not throw: look at {@link Check.ok}.
 *
 * @param cluster - where the CA is read, if the chain does not give it; its API server stands in for an endpoint that
 * cannot be reached from here
 * @example
 * ```ts
 * const checks = await verify(cluster, credential, issued);
 * if (!checks.every(({ ok }) => ok)) process.exitCode = 1;
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CA` if the CA did not sign the certificate of an endpoint,
 * `ERR_EGGTOOTH_CERTIFICATE` if an API server identifies nobody or somebody else; any code of the {@link Cluster}
 */
export async function verify(
  cluster: Cluster,
  credential: Credential,
  issued: IssuedCertificate,
  { timeout = 30_000 }: VerifyOptions = {},
): Promise<readonly Check[]> {
  const { ofEndpoint: cas } = await readCas(cluster, credential);
  const verifier = new Verifier({ cluster, credential, issued, cas, timeout });
  try {
    return await verifier.verify();
  } finally {
    verifier.close();
  }
}
