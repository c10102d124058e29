/** Type of the Secret that the signing step writes. */
export const SECRET_TYPE = 'kubernetes.io/tls';

/** Its keys: the CA certificates of the endpoints, the certificate and its private key. */
export const SECRET_KEYS = ['ca.crt', 'tls.crt', 'tls.key'] as const;

/** Its annotations; none of them reveals anything of the private key. */
export const SECRET_ANNOTATIONS = {
  /** Name of the CertificateSigningRequest. */
  request: 'eggtooth.dev/request',
  /** uid of the CertificateSigningRequest. */
  requestUid: 'eggtooth.dev/request-uid',
  /** SHA-256 of the certificate, hex. */
  fingerprint: 'eggtooth.dev/fingerprint',
  /** When the certificate expires, RFC 3339. */
  notAfter: 'eggtooth.dev/not-after',
  /** How often a certificate was issued into this Secret. */
  issueCount: 'eggtooth.dev/issue-count',
} as const;
