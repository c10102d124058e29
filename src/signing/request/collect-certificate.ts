import type { Chain } from '../../chain/chain';
import { assertSignable } from '../../chain/rules/check';
import { type Cluster, timeOf } from '../../cluster/cluster';
import { placeChain } from '../../cluster/place-objects';
import { EggtoothError } from '../../errors';
import { requestReference } from '../../pki/certificate-signing-request';
import { checkCertificate } from '../../pki/check-certificate';
import { assertNotRevoked } from '../generation/assert-not-revoked';
import { endIssue, type IssueResult } from '../issue-result';
import { tryToWrite } from '../secret/apply-secrets';
import { type AdoptOptions, assertOurs } from '../secret/assert-ours';
import { writeIssued } from '../secret/ensure-secrets';
import { readState } from '../secret/secret-state';
import { findOtherReaders } from '../verify/other-readers';
import { assertSameCluster } from '../verify/same-cluster';
import type { VerificationOptions } from '../verify/verify-before-write';
import { findRequest, nameForKey } from './find-request';
import { readKeyFile } from './key-file';
import { goneError } from './read-request';
import { waitForCertificate } from './wait-for-certificate';

/** Options of {@link collectCertificate}. */
export interface CollectOptions extends AdoptOptions, VerificationOptions {
  /** File with the private key of the request. */
  readonly keyFile: string;
  /**
   * Name of the request.
   * @default - the one that {@link requestCertificate} gave it
   */
  readonly name?: string;
  /**
   * How long to wait for the signer of an approved request, and for one call with the certificate, in milliseconds.
   * @default 30000
   */
  readonly timeout?: number;
  /**
   * Called with each warning before anything is written. The result has them too.
   * @default - not reported
   */
  readonly onWarning?: (warning: string) => void;
  /** Called with each step before it begins. */
  readonly onProgress?: (step: string) => void;
}

/**
 * Collects the certificate of a request that somebody else has approved: check, verify, write, reconcile. It does not
 * wait for the approval. Run again, it changes nothing.
 *
 * @example
 * ```ts
 * const { user, checks } = await collectCertificate(cluster, chain, { keyFile: 'tls.key' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_FILE`; `ERR_EGGTOOTH_NOT_FOUND` if nothing tells that the request was ever created;
 * `ERR_EGGTOOTH_NOT_APPROVED`; `ERR_EGGTOOTH_REQUEST_DELETED`;
 * `ERR_EGGTOOTH_REQUEST_EXPIRED`; `ERR_EGGTOOTH_REQUEST_CHANGED` if the request is for another key, or for another
 * duration than the file keeps; any other code of a step
 */
export async function collectCertificate(
  cluster: Cluster,
  bundle: Chain,
  { keyFile, name, timeout = 30_000, onProgress = () => {}, ...options }: CollectOptions,
): Promise<IssueResult> {
  const chain = placeChain(cluster, bundle);
  assertSignable(chain);
  const file = readKeyFile(keyFile);
  if (file === undefined) throw noKeyFile(keyFile);
  const { key, duration, requested, writtenAt } = file;
  try {
    const users = chain.credentials.map(({ user }) => user);
    const summary = await findRequest(cluster, users, file, name);
    const credential = chain.credentials.find(({ user }) => user === summary?.user);
    const [first = ''] = users;
    if (summary === undefined || credential === undefined) {
      const gone = name ?? requested;
      throw gone !== undefined && gone === requested
        ? goneError(gone, writtenAt.toISOString())
        : neverSeen(name ?? nameForKey(first, key));
    }
    const { user, algorithm, uid } = summary;
    onProgress(`${user}: collecting ${summary.name}`);
    const pem = await waitForCertificate(cluster, summary, { timeout: summary.state === 'pending' ? 0 : timeout });
    const certificate = checkCertificate(pem, {
      user,
      privateKey: key.toKeyObject(),
      duration,
      now: timeOf(cluster),
    });
    const state = await readState(cluster, credential);
    await assertNotRevoked(cluster, credential, state.secrets);
    const { current } = state;
    const isHeld = current?.certificate.fingerprint === certificate.fingerprint;
    if (!options.unverified) await assertSameCluster(cluster, [credential]);
    // All of it may be written, or nothing is.
    if (!isHeld) {
      assertOurs(credential, state.secrets, options);
      await tryToWrite(cluster, credential);
    }
    const issued = isHeld ? current : { certificate, algorithm, privateKey: key, csr: { name: summary.name, uid } };
    const warnings = await findOtherReaders(cluster, credential, options.onWarning);
    const write = { ...options, timeout, onProgress };
    const written = await writeIssued(cluster, credential, issued, state, write, warnings);
    return await endIssue(credential, written);
  } finally {
    key.clear();
  }
}

/** The error for a request that does not exist, and of which it is not known that it ever did. */
function neverSeen(name: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'there is no such request, and this key file knows of none', {
    fix: 'create it first: run eggtooth request with this key file and bundle, or kubectl create -f of what eggtooth csr printed; the cluster deletes a request 1 h after its answer, or 24 h after its creation',
    object: requestReference({ name }),
  });
}

function noKeyFile(keyFile: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_FILE', `the key file does not exist: ${keyFile}`, {
    fix: 'name the file that eggtooth request wrote; without its key the certificate is useless, so create another request',
  });
}
