import type { KeyAlgorithm } from '../certificate-request';
import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import type { SecretReference } from '../chain/links';
import type { Cluster } from '../cluster/cluster';
import { readCas } from './endpoints';
import type { IssueOptions } from './issue-options';
import { obtain } from './obtain';
import { type ProofCheck, Prover } from './prove';
import { secretManifest } from './secret';
import { readState } from './standing';
import { write } from './write';

/** What {@link issue} did for one user: the contract of `eggtooth issue -o json`. */
export interface IssueResult {
  readonly user: string;
  readonly algorithm: KeyAlgorithm;
  /** The CertificateSigningRequest that the certificate comes from. */
  readonly csr: { readonly name: string; readonly uid: string };
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notBefore: string;
  /** RFC 3339. */
  readonly notAfter: string;
  readonly secrets: readonly SecretReference[];
  readonly proof: readonly ProofCheck[];
  /** Whether everything stood already, and nothing was written. */
  readonly unchanged: boolean;
}

/**
 * Gives every reader of the chain its certificate: request, approve, collect, check, write, nudge, prove. What is good
 * already stays as it is; after a run that was cut off, the next one goes on safely. Before a request is made, the API
 * server is asked by dry run whether everything may be written.
 *
 * A proof that fails does not throw: look at {@link IssueResult.proof}.
 *
 * @example
 * ```ts
 * const chain = Chain.fromObjects(readBundle('dist'));
 * const [result] = await issue(await clusterFromKubeconfig(), chain);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the chain breaks a rule; any other code of a step
 */
export async function issue(
  cluster: Cluster,
  chain: Chain,
  options: IssueOptions = {},
): Promise<readonly IssueResult[]> {
  chain.assertSignable();
  const results: IssueResult[] = [];
  for (const credential of chain.credentials) results.push(await issueOne(cluster, credential, options));
  return results;
}

async function issueOne(cluster: Cluster, credential: Credential, options: IssueOptions): Promise<IssueResult> {
  const { user, secrets } = credential;
  const { timeout = 30_000, onProgress = () => {} } = options;
  onProgress(`${user}: looking at what stands`);
  const caOf = await readCas(cluster, credential);
  const { standing, generation } = await readState(cluster, credential, caOf);
  const issued = standing ?? (await obtain(cluster, credential, { ...options, timeout, onProgress }));
  const prover = new Prover(credential, issued, caOf, timeout);
  try {
    onProgress(`${user}: proving the identity`);
    const identity = await prover.identity();
    if (standing === undefined) {
      onProgress(`${user}: writing ${secrets.length} Secrets`);
      const content = { ...issued, generation: generation + 1 };
      await write(cluster, credential, (secret) => secretManifest(secret, { ...content, ca: caOf(secret) }));
    }
    onProgress(`${user}: reading every repository through the API server`);
    return {
      user,
      algorithm: issued.algorithm,
      csr: issued.csr,
      fingerprint: issued.certificate.fingerprint,
      notBefore: issued.certificate.notBefore.toISOString(),
      notAfter: issued.certificate.notAfter.toISOString(),
      secrets: secrets.map(({ namespace, name }) => ({ namespace, name })),
      proof: [...identity, ...(await prover.reading())],
      unchanged: standing !== undefined,
    };
  } finally {
    prover.close();
    issued.privateKey.clear();
  }
}
