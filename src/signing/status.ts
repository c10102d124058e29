import { X509Certificate } from 'node:crypto';
import type { Chain } from '../chain/chain';
import type { Credential, CredentialSecret } from '../chain/credentials';
import { parseUser } from '../chain/generation';
import type { SecretReference } from '../chain/links';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { ClusterObjects } from '../cluster/cluster-objects';
import { EggtoothError, quote } from '../errors';
import { stringAt } from '../kubernetes/fields';
import { type CheckedCertificate, check } from '../pki/check-certificate';
import { PrivateKey } from '../pki/private-key';
import { renewalTime } from '../pki/renewal-time';
import { bindingDrift } from './generation/binding-drift';
import { readCas } from './secret/endpoints';
import { secretReference } from './secret/secret';

/** One Secret of a reader, and the certificate in it. */
export interface SecretStatus extends SecretReference {
  /** What is wrong with it; absent if nothing is. */
  readonly problem?: string;
  /** User that its certificate names, with the generation; this and the following are absent if there is none. */
  readonly user?: string;
  readonly generation?: number;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint?: string;
  /** RFC 3339. */
  readonly notBefore?: string;
  /** RFC 3339. */
  readonly notAfter?: string;
  /** Whole days; negative once it has expired. */
  readonly daysLeft?: number;
  /** When it is due for renewal, RFC 3339; absent if it is not good. */
  readonly renewAt?: string;
  /** Whether it is due by now. */
  readonly due?: boolean;
}

/** A reader of the chain: the contract of `eggtooth status -o json`. */
export interface ReaderStatus {
  /** User that the bundle names. */
  readonly user: string;
  /** Generation that the bundle names. */
  readonly generation: number;
  readonly secrets: readonly SecretStatus[];
  /** Whether all Secrets that hold a certificate hold the same. */
  readonly same: boolean;
  /** What keeps Flux from reading, or soon will: expired, missing, wrong, different, another generation. */
  readonly problems: readonly string[];
  /** What wants attention: an end within 21 days, a revocation that is not over. */
  readonly warnings: readonly string[];
}

const [DAY, WARN_DAYS] = [86_400_000, 21];

/**
 * Tells how every reader's certificate stands, in every namespace; reads only, and shows nothing of a key.
 *
 * @example
 * ```ts
 * const bad = (await status(cluster, chain)).filter(({ problems }) => problems.length > 0);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`, or one of the {@link Cluster}
 */
export async function status(cluster: Cluster, chain: Chain): Promise<readonly ReaderStatus[]> {
  assertSignable(chain);
  const objects = new ClusterObjects(cluster);
  return Promise.all(
    chain.credentials.map(async (credential): Promise<ReaderStatus> => {
      const { user } = credential;
      const caOf = await readCas(cluster, credential);
      const read = async (secret: CredentialSecret) =>
        secretStatus(await objects.get(secretReference(secret)), secret, user, caOf(secret));
      const secrets = await Promise.all(credential.secrets.map(read));
      const drift = await bindingDrift(objects, chain, user);
      const same = new Set(secrets.flatMap(({ fingerprint }) => fingerprint ?? [])).size < 2;
      return {
        user,
        generation: parseUser(user).generation,
        secrets,
        same,
        problems: [
          ...problemsOf(secrets),
          ...(same ? [] : ['the Secrets hold different certificates']),
          ...drift.problems,
        ],
        warnings: [...warningsOf(credential, secrets), ...drift.warnings],
      };
    }),
  );
}

function secretStatus(object: unknown, { namespace, name }: CredentialSecret, user: string, ca: string): SecretStatus {
  const secret = { namespace, name };
  if (object === undefined) return { ...secret, problem: 'does not exist' };
  const decode = (key: string) => Buffer.from(stringAt(object, 'data', key) ?? '', 'base64').toString('utf8');
  const certificate = parse(decode('tls.crt'));
  if (certificate === undefined) return { ...secret, problem: 'holds no certificate' };
  const held = describe(certificate);
  const good = tryCheck(decode('tls.crt'), decode('tls.key'), user);
  if (typeof good === 'string') return { ...secret, ...held, problem: drifted(held.user, user) ?? good };
  const renewAt = renewalTime(good, stringAt(object, 'metadata', 'uid') ?? '');
  const due = { renewAt: renewAt.toISOString(), due: renewAt <= new Date() };
  const wrongCa = decode('ca.crt') !== ca;
  return { ...secret, ...held, ...due, ...(wrongCa && { problem: "holds another CA than the cluster's" }) };
}

function describe(certificate: X509Certificate) {
  const [, user = certificate.subject] = /^CN=([^\n]*)$/.exec(certificate.subject) ?? [];
  const notAfter = new Date(certificate.validTo);
  return {
    user: quote(user),
    generation: parseUser(user).generation,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: new Date(certificate.validFrom).toISOString(),
    notAfter: notAfter.toISOString(),
    daysLeft: Math.floor((notAfter.getTime() - Date.now()) / DAY),
  };
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The certificate if it is what `issue` would leave as it is, but for its age; else what is wrong. */
function tryCheck(pem: string, key: string, user: string): CheckedCertificate | string {
  try {
    return check(pem, { user, privateKey: PrivateKey.fromPem(key).toKeyObject() });
  } catch (error) {
    return error instanceof EggtoothError ? (error.problem.split('; ')[0] ?? '') : 'holds no private key';
  }
}

function drifted(held: string, wanted: string): string | undefined {
  const [one, other] = [parseUser(held), parseUser(wanted)];
  if (one.name !== other.name || one.generation === other.generation) return undefined;
  return `is for generation ${one.generation} of ${one.name}, and the bundle names generation ${other.generation}`;
}

function problemsOf(secrets: readonly SecretStatus[]): readonly string[] {
  return secrets.flatMap(({ namespace, name, problem }) =>
    problem ? [`Secret ${namespace}/${name}: ${problem}`] : [],
  );
}

function warningsOf({ user }: Credential, secrets: readonly SecretStatus[]): readonly string[] {
  const ends = secrets.filter(({ problem }) => problem === undefined).map(({ daysLeft = 0 }) => daysLeft);
  const least = Math.min(...ends);
  return least <= WARN_DAYS ? [`the certificate of ${user} ends in ${least} days`] : [];
}
