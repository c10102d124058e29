import { createPublicKey } from 'node:crypto';
import { assertNamespaces } from '../chain/assert-namespaces';
import { printTime, SHORTEST_DURATION } from '../chain/certificate-duration';
import type { Chain } from '../chain/chain';
import type { Credential, CredentialSecret } from '../chain/credentials';
import { assertSignable } from '../chain/rules/check';
import { EggtoothError } from '../errors';
import type { SecretManifest } from '../kubernetes/k8s';
import { mergeCaBundles } from '../kubernetes/pem';
import type { CertificateAuthority } from '../pki/certificate-authority';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import { BACKDATE_SECONDS, checkCertificate } from '../pki/check-certificate';
import type { RequestOptions } from '../pki/create-request';
import { requestedDuration } from './request/requested-duration';
import { certificatesOf } from './secret/ca-bundle';
import { secretManifest } from './secret/secret';

/** Options of {@link sign}. */
export interface SignOptions extends Omit<RequestOptions, 'user'> {
  /**
   * Certificate of the CA that the API server accepts client certificates of (`--client-ca-file` of kube-apiserver), PEM. If
   * there are several, the key tells which one signs.
   */
  readonly caCertificate: string;
  /** Private key of the CA, PEM: PKCS #1, SEC 1 or PKCS #8, not encrypted; RSA, P-256, P-384, P-521 or Ed25519. */
  readonly caKey: string;
  /**
   * Duration of the certificates, in seconds, at least 600, and at most the bundle's.
   * @default - the bundle's; required if it states none
   */
  readonly duration?: number;
  /**
   * Longest duration that is signed, in seconds.
   * @default 7776000
   */
  readonly maxDuration?: number;
}

/** What {@link sign} signed for one reader. */
export interface SignResult {
  /** User of the certificate. */
  readonly user: string;
  /** Kind of the key. */
  readonly algorithm: KeyAlgorithm;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
  /** When it becomes valid: 5 minutes before it was signed. */
  readonly notBefore: Date;
  /** When it expires. */
  readonly notAfter: Date;
  /** The Secrets to apply, one for each namespace of the chain. They hold the private key. */
  readonly secrets: readonly SecretManifest[];
  /** URLs of the endpoints for which the bundle states no CA, so that `caCertificate` has to verify them. */
  readonly assumedEndpoints: readonly string[];
}

/** The longest duration that is signed by default, in seconds: 90 days. */
const MAX_DURATION = 90 * 86_400;

/**
 * Signs a certificate with a new key for every reader of a chain, offline, with a CA that the caller holds, and returns the
 * Secrets that {@link issue} would write. Nobody approves, and the cluster keeps no record: whoever holds the key of the CA
 * can be anybody. Whether a user was revoked is not known without the cluster.
 *
 * `ca.crt` of a Secret has the CA that the bundle states for the endpoint, else the certificates of `caCertificate`.
 *
 * @example
 * ```ts
 * const chain = Chain.fromObjects(readBundle('dist'));
 * const results = await sign(chain, readCaFiles({ certificate: 'ca.crt', key: 'ca.key' }));
 * const secrets = results.flatMap((result) => result.secrets);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` if a HelmRepository, Role or RoleBinding states no namespace;
 * `ERR_EGGTOOTH_CHAIN` if the chain breaks a rule; `ERR_EGGTOOTH_OPTION` if there is no duration, or it is too long;
 * `ERR_EGGTOOTH_CA` if the API server would not accept a certificate of the CA, or the CA expires before it
 */
export async function sign(chain: Chain, options: SignOptions): Promise<readonly SignResult[]> {
  assertNamespaces(chain);
  assertSignable(chain);
  const { readCertificateAuthority } = await import('../pki/certificate-authority.js');
  // Certificates have whole seconds.
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const wanted = chain.credentials.map((credential) => ({ credential, seconds: signedDuration(credential, options) }));
  const authority = readCertificateAuthority(options.caCertificate, options.caKey, now);
  for (const { seconds } of wanted) assertOutlives(authority, now, seconds);
  return Promise.all(
    wanted.map(({ credential, seconds }) => signOne(credential, authority, { now, seconds }, options)),
  );
}

async function signOne(
  credential: Credential,
  authority: CertificateAuthority,
  { now, seconds }: { readonly now: Date; readonly seconds: number },
  { algorithm: kind, crypto }: SignOptions,
): Promise<SignResult> {
  const { user, secrets } = credential;
  const [{ createRequest }, { signCertificate }] = await Promise.all([
    import('../pki/create-request.js'),
    import('../pki/sign-certificate.js'),
  ]);
  const { algorithm, privateKey } = await createRequest({ user, algorithm: kind, crypto });
  try {
    const key = privateKey.toKeyObject();
    // Kubernetes' signer sets notBefore as far back, and so makes up for a clock that is behind.
    const [notBefore, notAfter] = [after(now, -BACKDATE_SECONDS), after(now, seconds)];
    const content = { user, publicKey: createPublicKey(key), algorithm, notBefore, notAfter };
    const pem = await signCertificate(authority, content);
    const certificate = checkCertificate(pem, { user, privateKey: key, duration: seconds });
    const cas = statedCas(secrets);
    const manifests = secrets.map((secret) => {
      const ca = mergeCaBundles(secret.endpoints.map(({ url }) => cas.get(url) ?? authority.bundle));
      return secretManifest(secret, { certificate, algorithm, privateKey, issueCount: 1, ca });
    });
    return {
      user,
      algorithm,
      fingerprint: certificate.fingerprint,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      secrets: manifests,
      assumedEndpoints: [...cas].flatMap(([url, ca]) => (ca === undefined ? url : [])),
    };
  } finally {
    privateKey.clear();
  }
}

/** The CA that the bundle states for each endpoint. Repositories without one use what others state for the same endpoint. */
function statedCas(secrets: readonly CredentialSecret[]): ReadonlyMap<string, string | undefined> {
  const cas = new Map<string, string | undefined>();
  for (const { url, certificateAuthority: ca } of secrets.flatMap(({ endpoints }) => endpoints)) {
    cas.set(url, cas.get(url) ?? (ca === undefined ? ca : certificatesOf(ca, url)));
  }
  return cas;
}

function signedDuration(credential: Credential, { duration, maxDuration = MAX_DURATION }: SignOptions): number {
  const { user } = credential;
  const seconds = requestedDuration(credential, duration);
  if (seconds === undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `no duration is stated for the certificate of ${user}`, {
      fix: 'state it in the bundle (readerDuration of BootstrapBundle, duration of the AssetsReader), or give --duration, such as 30d',
    });
  }
  if (!Number.isInteger(seconds) || seconds < SHORTEST_DURATION) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `invalid duration of a certificate: ${seconds} s`, {
      fix: 'use whole seconds, from 10 minutes',
    });
  }
  if (seconds <= maxDuration) return seconds;
  const problem = `the duration ${printTime(seconds)} of the certificate of ${user} is longer than ${printTime(maxDuration)}`;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', problem, {
    fix: `choose a shorter one with --duration, or allow it with --max-duration ${printTime(seconds)}: a certificate that Git keeps cannot be taken back`,
  });
}

/** A certificate that outlives its CA expires with it, and nobody would expect that. */
function assertOutlives({ certificate }: CertificateAuthority, now: Date, duration: number): void {
  const left = Math.floor((certificate.notAfter.getTime() - now.getTime()) / 1000);
  if (duration <= left) return;
  const ends = certificate.notAfter.toISOString();
  throw new EggtoothError('ERR_EGGTOOTH_CA', `the CA expires ${ends}, before a certificate of ${printTime(duration)}`, {
    fix:
      left < SHORTEST_DURATION
        ? 'renew the CA'
        : `choose a shorter duration, such as --duration ${printTime(roundDown(left))}, or renew the CA`,
  });
}

/** In whole days, hours or minutes. */
function roundDown(seconds: number): number {
  const unit = [86_400, 3600, 60].find((one) => seconds >= one) ?? 1;
  return Math.floor(seconds / unit) * unit;
}

function after(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
