import type { Credential, CredentialSecret } from '../../chain/credentials';
import type { SecretReference } from '../../chain/links';
import type { Cluster } from '../../cluster/cluster';
import { isError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import { check } from '../../pki/check-certificate';
import type { IssuedCertificate } from '../../pki/issued';
import { PrivateKey } from '../../pki/private-key';
import { renewalTime } from '../../pki/renewal-time';
import { readCas } from './endpoints';
import { SECRET_ANNOTATIONS, secretPath, secretReference } from './secret';

/** What stands in the cluster for a credential. */
export interface State {
  /** The CA certificates that each Secret should hold. */
  readonly caOf: (secret: CredentialSecret) => string;
  /** The Secrets that exist. */
  readonly secrets: readonly KubeObject[];
  /** What all Secrets hold, if they hold the same and nothing is due. */
  readonly current?: IssuedCertificate;
  /** Why a certificate is due, if one is. */
  readonly due?: string;
  /** Why the Secrets are due to be written again, with the certificate that they hold. */
  readonly outdatedCa?: string;
  /** When the first of the Secrets is due for renewal, if nothing is due now. */
  readonly renewAt?: Date;
  /** How often a certificate was issued into them, at most; 0 if none exists. */
  readonly count: number;
}

/** A Secret that holds a good certificate. */
interface Good {
  readonly issued: IssuedCertificate;
  readonly renewAt: Date;
  readonly outdatedCa?: string;
}

/**
 * Reads the Secrets of a credential and tells what is due.
 * @param now - what the clock says
 */
export async function readState(cluster: Cluster, credential: Credential, now: Date): Promise<State> {
  const caOf = await readCas(cluster, credential);
  const found = await Promise.all(
    credential.secrets.map(async (secret) => ({ secret, object: await readSecret(cluster, secret) })),
  );
  const secrets = found.flatMap(({ object }) => object ?? []);
  const count = Math.max(0, ...secrets.map((object) => Number(annotation(object, 'generation') ?? 0) || 0));
  const state = { caOf, secrets, count };
  const judged = found.map(({ secret, object }) => judge(object, credential.user, caOf(secret), secret, now));
  const due = judged.find((one) => typeof one === 'string');
  const good = judged.filter((one) => typeof one !== 'string');
  const [first] = good;
  if (due !== undefined || first === undefined) return { ...state, due };
  if (good.some(({ issued }) => issued.certificate.fingerprint !== first.issued.certificate.fingerprint)) {
    return { ...state, due: 'the Secrets hold different certificates' };
  }
  const renewAt = new Date(Math.min(...good.map((one) => one.renewAt.getTime())));
  const { outdatedCa } = good.find((one) => one.outdatedCa !== undefined) ?? {};
  return { ...state, current: first.issued, renewAt, outdatedCa };
}

/** A Secret as it stands, if it exists. */
export async function readSecret(cluster: Cluster, secret: SecretReference): Promise<KubeObject | undefined> {
  try {
    const object = secretReference(secret);
    const call = { purpose: 'read the Secret', method: 'GET', path: secretPath(secret), object } as const;
    return (await cluster.call(call)) as KubeObject;
  } catch (error) {
    if (isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) return undefined;
    throw error;
  }
}

function judge(
  object: KubeObject | undefined,
  user: string,
  ca: string,
  { namespace, name }: CredentialSecret,
  now: Date,
): Good | string {
  const where = `Secret ${namespace}/${name}`;
  if (object === undefined) return `${where} does not exist`;
  try {
    const privateKey = PrivateKey.fromPem(decoded(object, 'tls.key'));
    const { algorithm } = privateKey;
    const certificate = check(decoded(object, 'tls.crt'), { user, privateKey: privateKey.toKeyObject(), now });
    if (algorithm === undefined) return `${where} holds a key of another kind`;
    const renewAt = renewalTime(certificate, stringAt(object, 'metadata', 'uid') ?? '');
    if (renewAt <= now) return `the certificate in ${where} nears its end`;
    const csr = { name: annotation(object, 'request') ?? '', uid: annotation(object, 'requestUid') ?? '' };
    const outdatedCa = decoded(object, 'ca.crt') === ca ? undefined : `${where} holds another CA than the cluster's`;
    return { issued: { certificate, algorithm, privateKey, csr }, renewAt, outdatedCa };
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
