import type { Credential, CredentialSecret } from '../chain/credentials';
import type { Cluster } from '../cluster/cluster';
import type { IssueResult } from './issue';
import type { IssuedCertificate } from './issued';
import { Prover } from './prove';
import { secretManifest } from './secret';
import { write } from './write';

/** A certificate on its way into the Secrets. */
export interface Delivery {
  readonly issued: IssuedCertificate;
  readonly caOf: (secret: CredentialSecret) => string;
  /** How often a certificate was issued before. */
  readonly generation: number;
  /** Whether the Secrets hold it already. */
  readonly unchanged: boolean;
  /** In milliseconds, for each answer. */
  readonly timeout: number;
  readonly onProgress: (step: string) => void;
}

/** Proves whose certificate it is, writes it where it is not yet, and proves what it reads. */
export async function deliver(
  cluster: Cluster,
  credential: Credential,
  { issued, caOf, generation, unchanged, timeout, onProgress }: Delivery,
): Promise<IssueResult> {
  const { user, secrets } = credential;
  const { certificate, algorithm, csr } = issued;
  const prover = new Prover(credential, issued, caOf, timeout);
  try {
    onProgress(`${user}: proving the identity`);
    const identity = await prover.identity();
    if (!unchanged) {
      onProgress(`${user}: writing ${secrets.length} Secrets`);
      const content = { ...issued, generation: generation + 1 };
      await write(cluster, credential, (secret) => secretManifest(secret, { ...content, ca: caOf(secret) }));
    }
    onProgress(`${user}: reading every repository through the API server`);
    return {
      user,
      algorithm,
      csr,
      fingerprint: certificate.fingerprint,
      notBefore: certificate.notBefore.toISOString(),
      notAfter: certificate.notAfter.toISOString(),
      secrets: secrets.map(({ namespace, name }) => ({ namespace, name })),
      proof: [...identity, ...(await prover.reading())],
      unchanged,
    };
  } finally {
    prover.close();
  }
}
