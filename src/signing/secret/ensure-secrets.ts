import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { type ObtainOptions, obtainCertificate } from '../request/obtain-certificate';
import { deleteReplacedRequests } from '../request/own-requests';
import type { Check } from '../verify/check';
import { findOtherReaders } from '../verify/other-readers';
import { assertSameCluster } from '../verify/same-cluster';
import { Verifier } from '../verify/verifier';
import { assertWritable, type PatientVerification, untilVerified } from '../verify/verify-before-write';
import { applySecrets, requestReconciles } from './apply-secrets';
import { type AdoptOptions, assertOurs } from './assert-ours';
import { removeKeyCopies } from './key-copies';
import type { State } from './secret-state';

/** Options for writing a certificate. */
export type EnsureOptions = Pick<ObtainOptions, 'timeout' | 'onProgress'> &
  AdoptOptions &
  PatientVerification & { readonly onWarning?: (warning: string) => void };

/** A certificate that all Secrets of its credential hold. */
export interface WrittenCertificate {
  readonly issued: IssuedCertificate;
  readonly verifier: Verifier;
  /** What was tried with it, before the Secrets were written. */
  readonly checks: readonly Check[];
  /** What may keep Flux from reading with it all the same. */
  readonly warnings: readonly string[];
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
  options: ObtainOptions & EnsureOptions,
): Promise<WrittenCertificate> {
  if (state.current === undefined) assertOurs(credential, state.secrets, options);
  if (!options.unverified) await assertSameCluster(cluster, [credential]);
  const warnings = await findOtherReaders(cluster, credential, options.onWarning);
  const issued = state.current ?? (await obtainCertificate(cluster, credential, options));
  return writeIssued(cluster, credential, issued, state, options, warnings);
}

/**
 * Writes a certificate into all Secrets of a credential, unless they hold it. What Flux does with it is tried first: what
 * is not verified is not written. Then asks Flux to reconcile.
 */
export async function writeIssued(
  cluster: Cluster,
  credential: Credential,
  issued: IssuedCertificate,
  state: State,
  options: EnsureOptions,
  warnings: readonly string[] = [],
): Promise<WrittenCertificate> {
  const { user, secrets } = credential;
  const { current, outdatedCa, caOf, cas, issueCount, secrets: before } = state;
  const { timeout, onProgress } = options;
  const isNew = issued !== current;
  const verifier = new Verifier({ cluster, credential, issued, cas, timeout });
  const close = () => {
    verifier.close();
    issued.privateKey.clear();
  };
  try {
    const written = isNew || outdatedCa !== undefined;
    onProgress(`${user}: reading every repository through the API server`);
    const checks = await untilVerified(verifier, options);
    if (written) {
      assertWritable(checks, user, options);
      onProgress(`${user}: writing ${secrets.length} Secrets`);
      const count = isNew ? issueCount + 1 : issueCount;
      await applySecrets(cluster, credential, issued, { caOf, issueCount: count }, options);
      // Flux must find the Secrets.
      await requestReconciles(cluster, credential);
    }
    const cleaned = !written && (await removeKeyCopies(cluster, before));
    return {
      issued,
      verifier,
      checks,
      warnings,
      written: written || cleaned,
      close,
      async deleteReplacedRequests() {
        if (!isNew) return;
        await deleteReplacedRequests(cluster, credential, { secrets: before, except: issued.csr?.uid, onProgress });
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
