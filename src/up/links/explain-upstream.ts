import { type Explanation, explainBy } from './explain';

/** {@link explain} for a source that Flux does not read through the API server. */
const EXPLANATIONS: readonly Explanation[] = [
  [
    /verify the signature.*(read|parse) trusted root/,
    'the Secret with the trusted root has no valid content',
    'put trusted_root.json of your Sigstore into the Secret that spec.verify.trustedRootSecretRef names',
  ],
  [
    /verify the signature.*secrets? .*not found/,
    'the Secret with the trusted keys does not exist',
    'create the Secret that spec.verify.secretRef names, in the namespace of the source',
  ],
  [
    /verify the signature.*(trust ?policy|no certificates found|PEM decoding)/,
    'the Secret with the trusted keys has no valid content',
    'for cosign, put the public key into a field that ends with .pub; for notation, a policy into trustpolicy.json and certificates into fields that end with .crt or .pem',
  ],
  [
    /verify the signature.*(no matching signatures|no signature is associated|trusted certificate)/,
    'nobody whom spec.verify trusts has signed it',
    'find out who pushed it; if it is right, sign it, or add the key of its signer to the Secret that spec.verify.secretRef names',
  ],
  [
    /verify the signature.*(trusted root|TUF|Rekor|Fulcio|sigstore)/i,
    'a signature without a key cannot be verified, because Flux does not reach Sigstore',
    'verify with a key, in the Secret of spec.verify.secretRef; or let the pod of Flux reach Sigstore',
  ],
  [
    /verify the signature/,
    'its signature cannot be verified',
    'sign it again, or check the Secret that spec.verify.secretRef names',
  ],
  [
    /(secrets?|serviceaccounts?) .*not found/i,
    'the Secret or ServiceAccount that it names does not exist',
    'create what the message names, in the namespace of the source',
  ],
  [
    /tls\.(crt|key)|ca\.crt|private key|CA certificate|TLS config/,
    'the Secret of spec.certSecretRef has no valid content',
    'put the CA of the server into ca.crt, or a client certificate with its key into tls.crt and tls.key',
  ],
  [
    /unknown authority/,
    'Flux does not trust the CA of the server',
    'put that CA into ca.crt of a Secret, and name it in spec.certSecretRef',
  ],
  [
    /has expired or is not yet valid/,
    'the certificate of the server is not valid now',
    'set the clock of the node, or renew that certificate',
  ],
  [
    /certificate is (not )?valid for|cannot validate certificate|SANs/,
    'the certificate of the server does not contain the host of the URL',
    'use a host that the certificate contains in spec.url',
  ],
  [
    /tls: (certificate required|bad certificate|unknown certificate)/,
    'the server requires a client certificate that it trusts',
    'put one with its key into tls.crt and tls.key of the Secret that spec.certSecretRef names',
  ],
  [
    /Proxy Authentication Required/,
    'the proxy denies access to Flux',
    'put username and password for the proxy into the Secret that spec.proxySecretRef names',
  ],
  [
    /HTTP response to HTTPS client/,
    'the server has no TLS',
    'give the server a certificate; or set spec.insecure, if everyone on the network is trusted',
  ],
  [
    /ObjectLevelWorkloadIdentity/,
    'source-controller may not use the identity of a ServiceAccount',
    'start source-controller with --feature-gates=ObjectLevelWorkloadIdentity=true, or remove spec.serviceAccountName',
  ],
  [
    /failed to find layer with media type/,
    'the artifact is no Helm chart',
    'push the chart with helm push, or fix spec.url and spec.ref',
  ],
  [
    /TOOMANYREQUESTS|[ (]429\b/,
    'the server limits how often it may be read',
    'wait, or name a Secret with credentials in spec.secretRef, with which the limit is often higher',
  ],
  [
    /MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND|no match found for semver/,
    'the registry does not have the artifact',
    'push the artifact, or fix spec.url and spec.ref',
  ],
  [
    /no chart (name|version) found|InvalidChartReference/,
    'the repository has no such chart or version',
    'compare spec.chart of the HelmRelease with the index of the repository',
  ],
  [
    /UNAUTHORIZED|DENIED|[ (]40[13]\b/,
    'the server denies access to Flux',
    'set spec.secretRef to a Secret with credentials for it; if the index names another host for its charts, set spec.passCredentials',
  ],
  [/[ (]404\b/, 'the server has nothing at that address', 'compare spec.url with the URL of helm repo add'],
  [/[ (]5\d\d\b/, 'the server cannot answer now', 'wait until it can, then run again'],
  [
    /\blookup /,
    'the host of the URL cannot be resolved',
    'let the node resolve it: the pod of Flux on the network of its node uses the DNS of the node',
  ],
  [
    /connection refused|no route to host|network is unreachable|i\/o timeout|deadline exceeded/,
    'nothing answers at the address of the URL',
    'let the pod of Flux reach it from its node, or through a proxy',
  ],
  [
    /index YAML|error (unmarshaling|converting)|index of a chart repository/,
    'the path does not serve the index of a chart repository',
    'compare spec.url with the URL of helm repo add',
  ],
];

/**
 * Explains a message about a source outside of the cluster to people. Nothing else may depend on the result.
 * @returns the message, after its cause if that is known, and what to do
 */
export function explainUpstream(message: string): { readonly meaning: string; readonly fix: string } {
  return explainBy(EXPLANATIONS, message);
}
