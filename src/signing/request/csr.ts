import type { Chain } from '../../chain/chain';
import { assertSignable } from '../../chain/rules/check';
import type { CertificateSigningRequestManifest } from '../../kubernetes/k8s';
import { certificateSigningRequest, requestName } from '../../pki/certificate-signing-request';
import type { RequestOptions } from '../../pki/create-request';
import type { PrivateKey } from '../../pki/private-key';
import { chooseUser } from './choose-user';

/** How a request for one of the chain's users is made. */
export interface CsrOptions extends Omit<RequestOptions, 'user'> {
  /** @default - the chain's user, if there is one only */
  readonly user?: string;
  /**
   * Wanted duration in seconds, at least 600.
   * @default - the signer's own
   */
  readonly expirationSeconds?: number;
}

/**
 * Makes the CertificateSigningRequest for a reader of the chain, offline, for a cluster where somebody else approves.
 * The object's name follows from the request, so that applying it never meets an older one.
 *
 * @example
 * ```ts
 * const { manifest, privateKey } = await csr(Chain.fromObjects(readBundle('dist')));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`, or `ERR_EGGTOOTH_OPTION` if the user is none of the chain's
 */
export async function csr(
  chain: Chain,
  options: CsrOptions = {},
): Promise<{ readonly manifest: CertificateSigningRequestManifest; readonly privateKey: PrivateKey }> {
  assertSignable(chain);
  const { expirationSeconds } = options;
  const { user, algorithm, request, privateKey } = await (await import('../../pki/create-request.js')).createRequest({
    ...options,
    user: chooseUser(chain, options.user),
  });
  const metadata = { name: requestName(user, request) };
  return { manifest: certificateSigningRequest({ metadata, request, algorithm, expirationSeconds }), privateKey };
}
