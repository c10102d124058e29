/** A pattern in messages of source-controller and of servers, the cause of such a message, and its fix. */
export type Explanation = readonly [text: RegExp, cause: string, fix: string];

/** What can be wrong with the way from Flux to a server on the Internet or in the network of the nodes. */
const REMOTE: readonly Explanation[] = [
  [
    /secrets? .*not found/i,
    'a Secret that it names does not exist',
    'create the Secret in the namespace of the source, or remove the reference to it',
  ],
  [
    /server gave HTTP response to HTTPS client/,
    'the server does not use TLS',
    'use a server with TLS; for a registry in a network that you trust, set spec.insecure',
  ],
  [
    /unknown authority/,
    'Flux does not trust the CA that signed the certificate of the server',
    'put that CA into ca.crt of a Secret, and name the Secret in spec.certSecretRef',
  ],
  [
    /has expired or is not yet valid/,
    'the certificate of the server is not valid now',
    'set the clock of the node, or renew that certificate',
  ],
  [
    /certificate is valid for|cannot validate certificate|SANs/,
    'the certificate of the server does not contain the host of the URL',
    'use a host that the certificate contains in spec.url',
  ],
  [
    /tls\.(crt|key)|ca\.crt|private key|CA certificate|TLS config/,
    'the Secret of spec.certSecretRef has no CA, and no certificate with its key',
    'put the CA into ca.crt, or the certificate into tls.crt and its key into tls.key',
  ],
  [
    /proxyconnect|proxy address/,
    'the HTTP proxy does not answer',
    'fix the proxy in the environment of Flux, or in the Secret of spec.proxySecretRef',
  ],
  [
    /no such host|server misbehaving|lookup .* on /,
    'the resolver of the node does not know the host of the URL',
    'fix the host in spec.url, or the resolver of the node: Flux does not use the DNS of the cluster',
  ],
  [
    /connection refused|no route to host|network is unreachable|i\/o timeout|deadline exceeded|TLS handshake timeout/,
    'nothing answers at the address of the URL',
    'make the node of Flux reach it, or set the HTTP proxy of the node in the environment of Flux',
  ],
  [
    /TOOMANYREQUESTS|[ (]429\b/,
    'the server limits how often it may be read',
    'wait, or name a Secret with credentials in spec.secretRef, since the limit is often higher with them',
  ],
  [/[ (]5\d\d\b/, 'the server has failed', 'wait until it works again, then run again'],
];

/** What can be wrong with a HelmRepository that Flux reads where it is, and with the charts in it. */
export const UPSTREAM: readonly Explanation[] = [
  ...REMOTE,
  [
    /[ (]401\b/,
    'the server does not accept the credentials, or requires some',
    'name a Secret with username and password in spec.secretRef',
  ],
  [/[ (]403\b/, 'the server denies access to Flux', 'fix the credentials in the Secret of spec.secretRef, or spec.url'],
  [
    /index\.yaml : 404\b/,
    'the URL has no index.yaml of a chart repository',
    'set spec.url to the URL that helm repo add takes',
  ],
  [
    /no chart (name|version) found|InvalidChartReference/,
    'the repository has no such chart or version',
    'compare the chart and the version of the HelmRelease with what helm search repo lists',
  ],
  [
    /[ (]404\b/,
    'the server does not have the chart that its index names',
    'use another version, or repair the repository',
  ],
  [
    /index YAML|error (unmarshaling|converting)|index of a chart repository/,
    'the URL does not serve the index of a chart repository',
    'set spec.url to the URL that helm repo add takes',
  ],
];

/** What can be wrong with an OCIRepository. */
export const REGISTRY: readonly Explanation[] = [
  ...REMOTE,
  [
    /failed to verify the signature/,
    'no key or identity that spec.verify trusts has signed the artifact',
    'sign the artifact, or fix the keys or identities of spec.verify',
  ],
  [
    /failed to find layer with media type/,
    'the artifact is no Helm chart',
    'push the chart with helm push, or fix spec.url and spec.ref',
  ],
  [
    /MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND|[ (]404\b|no match found for semver/,
    'the registry does not have the artifact',
    'push the artifact, or fix spec.url and spec.ref',
  ],
  [
    /UNAUTHORIZED|DENIED|[ (]40[13]\b/,
    'the registry denies access to Flux',
    'set spec.secretRef to a Secret with credentials',
  ],
];
