import type { X509Certificate } from 'node:crypto';
import type { Credential, CredentialSecret } from '../../chain/credentials';
import { parseUser } from '../../chain/generation';
import { type Cluster, timeOf } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import { areSameCas } from '../../kubernetes/pem';
import {
  type IssuedCertificate,
  inspectCertificate,
  isLongerThan,
  parseCertificate,
} from '../../pki/check-certificate';
import { renewalTime } from '../../pki/renewal-time';
import { findRejecting } from '../verify/acceptance';
import { type CredentialCas, readCas } from './ca-bundle';
import { readKey, userOf } from './held-certificate';
import { secretAnnotation, secretReference, secretText } from './secret';

/** Whether a Secret holds a valid certificate of its user with its key. */
export type SecretVerdict =
  | {
      readonly valid: true;
      readonly certificate: X509Certificate;
      readonly issued: IssuedCertificate;
      /** When the certificate is due for renewal. */
      readonly renewAt: Date;
      /** Whether it is due since it was issued, because the bundle states a shorter duration. */
      readonly isTooLong: boolean;
      /** Whether the Secret holds another CA than it must. */
      readonly outdatedCa: boolean;
    }
  | {
      readonly valid: false;
      /** Why not, for example `does not exist`. */
      readonly problem: string;
      /** The certificate that it holds all the same. */
      readonly certificate?: X509Certificate;
    };

/** A Secret of a credential as it is in the cluster. */
export interface JudgedSecret {
  readonly secret: CredentialSecret;
  /** Absent if it does not exist. */
  readonly object?: KubeObject;
  readonly verdict: SecretVerdict;
}

/** The Secrets of a credential, and the CA certificates that they must hold. */
export interface JudgedSecrets {
  readonly cas: CredentialCas;
  readonly judged: readonly JudgedSecret[];
  /** The time at which they were judged. */
  readonly now: Date;
}

/**
 * Reads the Secrets of a credential and judges each of them. The API servers tell whether they accept a certificate.
 * @param clock - decides what is due; by default the clock of the API server, which judges the certificates too
 */
export async function judgeSecrets(
  cluster: Cluster,
  credential: Credential,
  clock: () => Date = () => timeOf(cluster),
): Promise<JudgedSecrets> {
  const objects = new ClusterObjects(cluster);
  const [cas, ...found] = await Promise.all([
    readCas(cluster, credential),
    ...credential.secrets.map((secret) => objects.get(secretReference(secret))),
  ]);
  // By now the API server has answered, and so told its time.
  const now = clock();
  const judged = credential.secrets.map((secret, index): JudgedSecret => {
    const object = found[index];
    return { secret, object, verdict: judgeSecret(object, credential, cas.ofSecret(secret, object), now) };
  });
  return { cas, judged: await rejectUnaccepted(cluster, credential, judged, cas), now };
}

/** Lets the Secrets be invalid whose certificate an API server does not accept. The Secrets mostly hold the same one. */
async function rejectUnaccepted(
  cluster: Cluster,
  credential: Credential,
  judged: readonly JudgedSecret[],
  cas: CredentialCas,
): Promise<readonly JudgedSecret[]> {
  const held = new Map(
    judged.flatMap(({ verdict }) => (verdict.valid ? [[fingerprintOf(verdict.issued), verdict.issued]] : [])),
  );
  const rejecting = new Map(
    await Promise.all(
      Array.from(
        held,
        async ([fingerprint, issued]) =>
          [fingerprint, await findRejecting(cluster, credential, issued, cas.ofEndpoint)] as const,
      ),
    ),
  );
  return judged.map((one) => {
    const { verdict } = one;
    const server = verdict.valid ? rejecting.get(fingerprintOf(verdict.issued)) : undefined;
    if (!verdict.valid || server === undefined) return one;
    verdict.issued.privateKey.clear();
    const problem = `the API server ${server} does not accept its certificate (401): another CA signed it`;
    return { ...one, verdict: { valid: false, problem, certificate: verdict.certificate } };
  });
}

/** SHA-256 of a certificate, hex. */
export function fingerprintOf({ certificate }: IssuedCertificate): string {
  return certificate.fingerprint;
}

/**
 * Judges a Secret. A certificate that is due for renewal is valid.
 * @param ca - the CA certificates that it must hold
 */
export function judgeSecret(
  object: KubeObject | undefined,
  { user, duration }: Pick<Credential, 'user' | 'duration'>,
  ca: string,
  now: Date,
): SecretVerdict {
  if (object === undefined) return { valid: false, problem: 'does not exist' };
  const pem = secretText(object, 'tls.crt');
  const certificate = parseCertificate(pem);
  if (certificate === undefined) return { valid: false, problem: 'holds no certificate' };
  const invalid = (problem: string): SecretVerdict => ({ valid: false, problem, certificate });
  const drift = generationDrift(userOf(object) ?? '', user);
  if (drift !== undefined) return invalid(drift);
  const privateKey = readKey(object);
  if (privateKey === undefined) return invalid('holds no private key');
  const { algorithm } = privateKey;
  const inspected = inspectCertificate(pem, { user, privateKey: privateKey.toKeyObject(), now });
  if (inspected.certificate !== undefined && algorithm !== undefined) {
    const isTooLong = duration !== undefined && isLongerThan(inspected.certificate, duration);
    const [name, uid] = [secretAnnotation(object, 'request'), secretAnnotation(object, 'requestUid')];
    const csr = name !== undefined && uid !== undefined && { csr: { name, uid } };
    return {
      valid: true,
      certificate,
      issued: { certificate: inspected.certificate, algorithm, privateKey, ...csr },
      renewAt: isTooLong
        ? inspected.certificate.notBefore
        : renewalTime(inspected.certificate, stringAt(object, 'metadata', 'uid') ?? ''),
      isTooLong,
      outdatedCa: !areSameCas(secretText(object, 'ca.crt'), ca),
    };
  }
  privateKey.clear();
  const { faults } = inspected;
  return invalid(faults.length > 0 ? `the certificate ${faults.join(', ')}` : 'holds an unsupported kind of key');
}

/** What is wrong if a certificate is for another generation of the same reader. */
function generationDrift(held: string, wanted: string): string | undefined {
  const [one, other] = [parseUser(held), parseUser(wanted)];
  if (one.name !== other.name || one.generation === other.generation) return undefined;
  return `is for generation ${one.generation} of ${one.name}, and the bundle names generation ${other.generation}`;
}
