import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import type { SecretReference } from '../chain/links';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import type { IssuedCertificate } from '../pki/issued';
import { assertNotRevoked } from './generation/assert-not-revoked';
import { readBindings } from './generation/bindings';
import type { IssueOptions } from './issue-options';
import { type Placed, place } from './secret/ensure-secrets';
import { readState } from './secret/secret-state';
import type { Check } from './verify/verifier';

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
  readonly checks: readonly Check[];
  /** Whether everything stood already, and nothing was written. */
  readonly unchanged: boolean;
}

/**
 * Gives every reader of the chain its certificate: request, approve, collect, check, write, requestReconcile, prove. What is good
 * already stays as it is; after a run that was cut off, the next one goes on safely. Before a request is made, the API
 * server is asked by dry run whether everything may be written.
 *
 * A checks that fails does not throw: look at {@link IssueResult.checks}.
 *
 * @example
 * ```ts
 * const chain = Chain.fromObjects(readBundle('dist'));
 * const [result] = await issue(await clusterFromKubeconfig(), chain);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN` if the chain breaks a rule, `ERR_EGGTOOTH_GENERATION` if the user was
 * revoked; any other code of a step
 */
export async function issue(
  cluster: Cluster,
  chain: Chain,
  options: IssueOptions = {},
): Promise<readonly IssueResult[]> {
  assertSignable(chain);
  const results: IssueResult[] = [];
  for (const credential of chain.credentials) results.push(await issueOne(cluster, credential, options));
  return results;
}

async function issueOne(cluster: Cluster, credential: Credential, options: IssueOptions): Promise<IssueResult> {
  const { user } = credential;
  const { timeout = 30_000, now = () => new Date(), onProgress = () => {} } = options;
  onProgress(`${user}: looking at what stands`);
  const [state, bindings] = await Promise.all([
    readState(cluster, credential, now()),
    readBindings(cluster, credential),
  ]);
  assertNotRevoked(credential, [...state.secrets, ...bindings]);
  return verify(credential, await place(cluster, credential, state, { ...options, timeout, onProgress }), onProgress);
}

/** Proves what a certificate reads, and tells what was done with it. */
export async function verify(
  credential: Credential,
  placed: Placed,
  onProgress: (step: string) => void,
): Promise<IssueResult> {
  try {
    onProgress(`${credential.user}: reading every repository through the API server`);
    const [reading] = await Promise.all([placed.verifier.reading(), placed.tidy()]);
    const checks = [...placed.identity, ...reading];
    return { ...describe(credential, placed.issued), checks, unchanged: !placed.written };
  } finally {
    placed.close();
  }
}

/** What results tell of a certificate. */
export function describe(
  { user, secrets }: Credential,
  { algorithm, csr, certificate }: IssuedCertificate,
): Omit<IssueResult, 'checks' | 'unchanged'> {
  return {
    user,
    algorithm,
    csr,
    fingerprint: certificate.fingerprint,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    secrets: secrets.map(({ namespace, name }) => ({ namespace, name })),
  };
}
