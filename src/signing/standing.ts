import type { Credential, CredentialSecret } from '../chain/credentials';
import { stringAt } from '../chain/fields';
import type { Cluster } from '../cluster/cluster';
import { isError } from '../errors';
import { type CheckedCertificate, check } from './check';
import type { IssuedCertificate } from './issued';
import { PrivateKey } from './private-key';
import { SECRET_ANNOTATIONS, secretPath, secretReference } from './secret';

/** What stands in the cluster for a credential. */
export interface State {
  /** What all Secrets hold, if they hold the same and nothing is due. */
  readonly standing?: IssuedCertificate;
  /** Why a certificate is due, if one is. */
  readonly due?: string;
  /** Highest generation among the Secrets; 0 if there is none. */
  readonly generation: number;
}

/** Reads the Secrets of a credential and tells whether a certificate is due. */
export async function readState(
  cluster: Cluster,
  { user, secrets }: Credential,
  caOf: (secret: CredentialSecret) => string,
): Promise<State> {
  const found = await Promise.all(secrets.map(async (secret) => ({ secret, object: await read(cluster, secret) })));
  const generation = Math.max(0, ...found.map(({ object }) => Number(annotation(object, 'generation') ?? 0) || 0));
  const states = found.map(({ secret, object }) => judge(object, user, caOf(secret), secret));
  const due = states.find((state) => typeof state === 'string');
  const standings = states.filter((state) => typeof state !== 'string');
  const [standing] = standings;
  if (due !== undefined || standing === undefined) return { due, generation };
  if (standings.some(({ certificate }) => certificate.fingerprint !== standing.certificate.fingerprint)) {
    return { due: 'the Secrets hold different certificates', generation };
  }
  return { standing, generation };
}

/**
 * When a certificate is due for renewal: after 70 to 90 % of its life, each certificate at a point of its own, so that
 * many do not come at once.
 */
export function renewalTime({ notBefore, notAfter, fingerprint }: CheckedCertificate): Date {
  const share = 0.7 + (0.2 * Number.parseInt(fingerprint.slice(0, 8), 16)) / 0xffffffff;
  return new Date(notBefore.getTime() + share * (notAfter.getTime() - notBefore.getTime()));
}

async function read(cluster: Cluster, secret: CredentialSecret): Promise<unknown> {
  try {
    const object = secretReference(secret);
    return await cluster.call({ purpose: 'read the Secret', method: 'GET', path: secretPath(secret), object });
  } catch (error) {
    if (isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) return undefined;
    throw error;
  }
}

function judge(
  object: unknown,
  user: string,
  ca: string,
  { namespace, name }: CredentialSecret,
): IssuedCertificate | string {
  const where = `Secret ${namespace}/${name}`;
  if (object === undefined) return `${where} does not exist`;
  try {
    const privateKey = PrivateKey.fromPem(decoded(object, 'tls.key'));
    const { algorithm } = privateKey;
    const certificate = check(decoded(object, 'tls.crt'), { user, privateKey: privateKey.toKeyObject() });
    if (algorithm === undefined) return `${where} holds a key of another kind`;
    if (decoded(object, 'ca.crt') !== ca) return `${where} holds another CA than the cluster's`;
    if (renewalTime(certificate) <= new Date()) return `the certificate in ${where} nears its end`;
    const csr = { name: annotation(object, 'request') ?? '', uid: annotation(object, 'requestUid') ?? '' };
    return { certificate, algorithm, privateKey, csr };
  } catch {
    return `${where} does not hold a valid certificate of ${user}`;
  }
}

function decoded(object: unknown, key: string): string {
  return Buffer.from(stringAt(object, 'data', key) ?? '', 'base64').toString('utf8');
}

function annotation(object: unknown, key: keyof typeof SECRET_ANNOTATIONS): string | undefined {
  return stringAt(object, 'metadata', 'annotations', SECRET_ANNOTATIONS[key]);
}
