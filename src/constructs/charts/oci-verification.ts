import type { Problem } from '../../errors';

/** An identity that may have signed an artifact with Cosign, keyless. Both are Go regular expressions. */
export interface OidcIdentity {
  /** Issuer of the token, for example `^https://token\.actions\.githubusercontent\.com$`. */
  readonly issuer: string;
  /** Subject of the certificate, for example `^https://github\.com/ORG/REPO.*$`. */
  readonly subject: string;
}

/**
 * The signature that an artifact must have (spec.verify): by a key or a certificate in a Secret, or, with Cosign, by an
 * identity.
 */
export interface OciVerification {
  /** Tool that signed the artifact. */
  readonly provider: 'cosign' | 'notation';
  /**
   * Secret with the trusted keys. For Cosign, they are in fields whose names end with `.pub`. For Notation, the Secret has
   * the trust policy in `trustpolicy.json`, and certificates in fields whose names end with `.crt` or `.pem`.
   * @default - Cosign verifies an identity of `matchOIDCIdentity`
   */
  readonly secretRef?: { readonly name: string };
  /**
   * Identities of which one must have signed the artifact, for Cosign without a `secretRef`. Verifying them needs
   * Sigstore's servers, or those of `trustedRootSecretRef`.
   * @default - none
   */
  readonly matchOIDCIdentity?: readonly OidcIdentity[];
  /**
   * Secret with `trusted_root.json` of a Sigstore of your own, for Cosign. Requires Flux 2.9.
   * @default - the public Sigstore
   */
  readonly trustedRootSecretRef?: { readonly name: string };
}

/** The reasons why Flux could not verify an artifact, or would verify less than is asked for. */
export function* verificationProblems(verify: OciVerification): Iterable<Problem> {
  const { provider, secretRef, matchOIDCIdentity } = verify;
  const identities = matchOIDCIdentity ?? [];
  if (provider !== 'cosign' && provider !== 'notation') {
    yield { problem: `invalid verify.provider: ${JSON.stringify(provider)}`, fix: 'use cosign or notation' };
    return;
  }
  if (provider === 'notation') {
    const trust = 'name the Secret with trustpolicy.json and the certificates in verify.secretRef';
    if (secretRef === undefined) yield { problem: 'Flux cannot verify with notation without a secretRef', fix: trust };
    for (const field of ['matchOIDCIdentity', 'trustedRootSecretRef'] as const) {
      if (verify[field] === undefined) continue;
      yield { problem: `Flux ignores verify.${field} with notation`, fix: `remove verify.${field}` };
    }
    return;
  }
  if (secretRef !== undefined && identities.length > 0) {
    const problem = 'Flux ignores verify.matchOIDCIdentity beside a verify.secretRef';
    yield { problem, fix: 'remove one of them' };
  }
  if (secretRef === undefined && identities.length === 0) {
    const fix = 'set verify.secretRef, or verify.matchOIDCIdentity with the issuer and the subject';
    yield { problem: 'Flux would accept a signature of everybody: verify names neither a key nor an identity', fix };
  }
  for (const [index, identity] of identities.entries()) {
    for (const field of ['issuer', 'subject'] as const) {
      const value = identity?.[field];
      if (typeof value === 'string' && value !== '') continue;
      const at = `verify.matchOIDCIdentity[${index}].${field}`;
      yield { problem: `${at} is missing`, fix: 'write a regular expression that matches the whole text: ^...$' };
    }
  }
}
