import { assertNamespaces } from '../../chain/assert-namespaces';
import type { Chain } from '../../chain/chain';
import type { Credential } from '../../chain/credentials';
import { assertSignable } from '../../chain/rules/check';
import { EggtoothError } from '../../errors';
import type { CertificateSigningRequestManifest } from '../../kubernetes/k8s';
import { certificateSigningRequest, requestName } from '../../pki/certificate-signing-request';
import type { RequestOptions } from '../../pki/create-request';
import type { PrivateKey } from '../../pki/private-key';
import { requestedDuration } from './requested-duration';

/** Options of {@link csr}. */
export interface CsrOptions extends Omit<RequestOptions, 'user'> {
  /**
   * User of the reader.
   * @default - the only one of the chain
   */
  readonly user?: string;
  /**
   * Requested duration of the certificate, in seconds, at least 600, and at most the bundle's (spec.expirationSeconds).
   * @default - the bundle's; if it states none, the signer's own (--cluster-signing-duration)
   */
  readonly duration?: number;
}

/** A CertificateSigningRequest, and the key that it is for. */
export interface CsrResult {
  /** The object to apply. */
  readonly manifest: CertificateSigningRequestManifest;
  /** The key; keep it, since the certificate is useless without it. */
  readonly privateKey: PrivateKey;
}

/**
 * Creates a key and the CertificateSigningRequest for a reader of the chain, offline, for a cluster where somebody else
 * approves. The object's name is derived from the request, so that it never has the name of an older one.
 *
 * @example
 * ```ts
 * const { manifest, privateKey } = await csr(Chain.fromObjects(readBundle('dist')));
 * writeKeyFile('tls.key', privateKey);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` if a HelmRepository, Role or RoleBinding states no namespace;
 * `ERR_EGGTOOTH_CHAIN`, or `ERR_EGGTOOTH_OPTION` if the user is not a reader of the chain, or the
 * duration is longer than the bundle's
 */
export async function csr(chain: Chain, options: CsrOptions = {}): Promise<CsrResult> {
  assertNamespaces(chain);
  assertSignable(chain);
  const { createRequest } = await import('../../pki/create-request.js');
  const credential = chooseCredential(chain, options.user);
  const expirationSeconds = requestedDuration(credential, options.duration);
  const created = await createRequest({ ...options, user: credential.user });
  const { user, algorithm, request, privateKey } = created;
  const metadata = { name: requestName(user, request) };
  return { manifest: certificateSigningRequest({ metadata, request, algorithm, expirationSeconds }), privateKey };
}

/**
 * The credential of the one reader that is wanted.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if it is not a reader of the chain, or not given where there are several
 */
export function chooseCredential({ credentials }: Chain, wanted: string | undefined): Credential {
  const users = credentials.map(({ user }) => user);
  const chosen = credentials.filter(({ user }) => wanted === undefined || user === wanted);
  if (chosen[0] !== undefined && chosen.length === 1) return chosen[0];
  const problem =
    wanted === undefined ? 'the bundle has several readers' : `no reader of the bundle is ${JSON.stringify(wanted)}`;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', problem, { fix: `choose one with --reader: ${users.join(', ')}` });
}
