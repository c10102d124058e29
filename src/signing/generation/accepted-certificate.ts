import { rootCertificates } from 'node:tls';
import type { Credential } from '../../chain/credentials';
import { parseUser } from '../../chain/generation';
import { isSameSecret, type SecretReference } from '../../chain/links';
import { reviewIdentity } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { clusterAs } from '../../cluster/https-cluster';
import { Deadline, poll } from '../../cluster/poll';
import { EggtoothError } from '../../errors';
import { readCas } from '../secret/ca-bundle';
import { type HeldCertificate, heldCertificate } from '../secret/held-certificate';
import type { State } from '../secret/secret-state';
import { connectOwn, type EndpointCas, endpointUrls } from '../verify/endpoints';
import { leadsHome } from '../verify/loopback';

/**
 * How long an API server may take to say whether it accepts a certificate, in milliseconds. One that breaks the connection
 * takes all of it.
 */
const PATIENCE = 3000;

/**
 * Whether the API server accepts a certificate as its user's. Whoever may write a Secret can put a certificate of any
 * user into it; only the API server knows which ones the cluster has signed. It is asked at the address of the
 * kubeconfig, then at the endpoints of the bundle: a proxy in front of one of them may drop client certificates.
 *
 * @param cas - the CA certificates of the endpoints; found if they are not given
 */
export async function isAccepted(
  cluster: Cluster,
  credential: Credential,
  held: HeldCertificate,
  cas?: EndpointCas,
): Promise<boolean> {
  const identity = { cert: held.certificate, key: held.privateKey.revealPem() };
  if (await isKnown(() => connectOwn(cluster, identity, PATIENCE), held.user)) return true;
  // Whoever writes the Secret chooses its CA, so it counts for nothing here.
  const known = cas ?? (await readCas(cluster, credential)).ofEndpoint;
  for (const url of endpointUrls(credential).filter((one) => leadsHome(cluster, one))) {
    const connect = () => clusterAs(url, { ...identity, ca: [...rootCertificates, ...known(url)] }, PATIENCE);
    if (url !== cluster.server && (await isKnown(connect, held.user))) return true;
  }
  return false;
}

async function isKnown(connect: () => Cluster, user: string): Promise<boolean> {
  const look = async () => {
    try {
      // A certificate that does not fit its key fails here.
      const server = connect();
      try {
        return { name: (await reviewIdentity(server)).name, isFinal: true };
      } finally {
        server.close();
      }
    } catch (error) {
      return { name: undefined, isFinal: !(error instanceof EggtoothError && error.retryable) };
    }
  };
  const { name } = await poll(new Deadline(PATIENCE), look, ({ isFinal }) => isFinal);
  return name === user;
}

/** Certificates in the Secrets of a reader that the API server accepts, with the CA that the Secret must have. */
export interface AcceptedCertificates {
  /** Those of earlier generations, each once. */
  readonly old: readonly HeldCertificate[];
  /** The Secret with a certificate of the generation itself; absent if there is none. */
  readonly own?: SecretReference;
}

/** Finds the certificates in the Secrets of a reader that the API server accepts. */
export async function acceptedCertificates(
  cluster: Cluster,
  credential: Credential,
  { secrets, caOf, cas }: Pick<State, 'secrets' | 'caOf' | 'cas'>,
): Promise<AcceptedCertificates> {
  const old = new Map<string, HeldCertificate>();
  let own: SecretReference | undefined;
  for (const object of secrets) {
    const held = heldCertificate(object);
    const secret = credential.secrets.find((one) => isSameSecret(one, held?.secret));
    if (held === undefined || secret === undefined) continue;
    const { name, generation } = parseUser(held.user);
    const isOwn = held.user === credential.user;
    const isOld = name === credential.name && generation < credential.generation;
    const isNew = isOwn ? own === undefined : isOld && !old.has(held.certificate);
    const isTrue = isNew && (await isAccepted(cluster, credential, held, cas));
    if (isTrue && isOwn) own = held.secret;
    if (isTrue && isOld) old.set(held.certificate, { ...held, ca: caOf(secret) });
    else held.privateKey.clear();
  }
  return { old: [...old.values()], own };
}
