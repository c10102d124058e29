import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import type { IssuedCertificate } from '../../pki/issued';
import { type ObtainOptions, obtain } from '../request/obtain-certificate';
import { clearRequests } from '../request/own-requests';
import { type Check, Verifier } from '../verify/verifier';
import { secretManifest } from './secret';
import type { State } from './secret-state';
import { write } from './write-secrets';

/** A certificate that lies in all Secrets of its credential. */
export interface Placed {
  readonly issued: IssuedCertificate;
  readonly verifier: Verifier;
  /** What the API server says whose certificate it is. */
  readonly identity: readonly Check[];
  /** Whether Secrets were written. */
  readonly written: boolean;
  /** Clears away what runs beside this one have left. */
  tidy(): Promise<void>;
  /** Closes the connections and wipes the key. */
  close(): void;
}

/**
 * Brings all Secrets of a credential to hold one good certificate and the CA of now: a new certificate where one is due,
 * else the one that stands.
 */
export async function place(
  cluster: Cluster,
  credential: Credential,
  state: State,
  options: ObtainOptions,
): Promise<Placed> {
  return put(cluster, credential, state.current ?? (await obtain(cluster, credential, options)), state, options);
}

/**
 * Puts a certificate into all Secrets of a credential, unless it stands there. It is written only after the API server
 * has taken it, each Secret in one write.
 */
export async function put(
  cluster: Cluster,
  credential: Credential,
  issued: IssuedCertificate,
  { current, outdatedCa, caOf, count }: State,
  { timeout, onProgress }: Pick<ObtainOptions, 'timeout' | 'onProgress'>,
): Promise<Placed> {
  const { user, secrets } = credential;
  const isNew = issued !== current;
  const verifier = new Verifier(credential, issued, caOf, timeout);
  const close = () => {
    verifier.close();
    issued.privateKey.clear();
  };
  try {
    onProgress(`${user}: proving the identity`);
    const identity = await verifier.identity();
    const written = isNew || outdatedCa !== undefined;
    if (written) {
      onProgress(`${user}: writing ${secrets.length} Secrets`);
      const content = { ...issued, generation: isNew ? count + 1 : count };
      await write(cluster, credential, (secret) => secretManifest(secret, { ...content, ca: caOf(secret) }));
    }
    const tidy = async () => {
      if (isNew) await clearRequests(cluster, credential, issued.csr.uid);
    };
    return { issued, verifier, identity, written, tidy, close };
  } catch (error) {
    close();
    throw error;
  }
}
