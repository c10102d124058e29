import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { type ObtainOptions, obtainCertificate } from '../request/obtain-certificate';
import { deleteReplacedRequests } from '../request/own-requests';
import type { Check } from '../verify/check';
import { Verifier } from '../verify/verifier';
import { applySecrets, requestReconciles } from './apply-secrets';
import type { State } from './secret-state';

/** A certificate that all Secrets of its credential hold. */
export interface WrittenCertificate {
  readonly issued: IssuedCertificate;
  readonly verifier: Verifier;
  /** Whether the API servers identify the certificate's holder as the user. */
  readonly identity: readonly Check[];
  /** Whether Secrets were written. */
  readonly written: boolean;
  /** Deletes the requests of the certificates that this one replaced; never throws. */
  deleteReplacedRequests(): Promise<void>;
  /** Closes the connections and wipes the key. */
  close(): void;
}

/**
 * Makes all Secrets of a credential hold one valid certificate and the current CA: a new certificate if one is due, else
 * the one that they hold.
 */
export async function ensureSecrets(
  cluster: Cluster,
  credential: Credential,
  state: State,
  options: ObtainOptions,
): Promise<WrittenCertificate> {
  const issued = state.current ?? (await obtainCertificate(cluster, credential, options));
  return writeIssued(cluster, credential, issued, state, options);
}

/**
 * Writes a certificate into all Secrets of a credential, unless they hold it. The API servers must accept it first. Then
 * asks Flux to reconcile.
 */
export async function writeIssued(
  cluster: Cluster,
  credential: Credential,
  issued: IssuedCertificate,
  { current, outdatedCa, caOf, issueCount, secrets: before }: State,
  { timeout, onProgress }: Pick<ObtainOptions, 'timeout' | 'onProgress'>,
): Promise<WrittenCertificate> {
  const { user, secrets } = credential;
  const isNew = issued !== current;
  const verifier = new Verifier(credential, issued, caOf, timeout);
  const close = () => {
    verifier.close();
    issued.privateKey.clear();
  };
  try {
    onProgress(`${user}: verifying the identity`);
    const identity = await verifier.identity();
    const written = isNew || outdatedCa !== undefined;
    if (written) {
      onProgress(`${user}: writing ${secrets.length} Secrets`);
      await applySecrets(cluster, credential, issued, { caOf, issueCount: isNew ? issueCount + 1 : issueCount });
      // Flux must find the Secrets.
      await requestReconciles(cluster, credential);
    }
    return {
      issued,
      verifier,
      identity,
      written,
      close,
      async deleteReplacedRequests() {
        if (!isNew) return;
        await deleteReplacedRequests(cluster, credential, { secrets: before, except: issued.csr.uid, onProgress });
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
