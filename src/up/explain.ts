/** Texts of source-controller and of the API server about a repository, what they mean and what helps. */
const EXPLANATIONS: readonly (readonly [text: RegExp, cause: string, fix: string])[] = [
  [/secrets? .*not found/, 'its Secret is missing', 'find out who deletes it, then run again: it is issued anew'],
  [
    /tls\.(crt|key)|ca\.crt|private key|CA certificate|TLS config/,
    'its Secret does not hold certificate, key and CA that fit',
    'delete the Secret and run again: it is issued anew',
  ],
  [
    /unknown authority/,
    'the CA in its Secret did not sign the certificate of the API server at that address',
    'give the right one in the bundle: ApiServer.fromUrl(url, { certificateAuthority })',
  ],
  [
    /has expired or is not yet valid/,
    'the certificate of the API server is not valid now',
    'set the clock of the node, or renew that certificate',
  ],
  [
    /certificate is valid for|cannot validate certificate|SANs/,
    'the certificate of the API server does not name the host of the URL',
    "take an address that it names, or add this one to the API server's certificate",
  ],
  [
    /MANIFEST_UNKNOWN|NAME_UNKNOWN/,
    'the registry does not have that artifact',
    'push it, or mend spec.url and spec.ref',
  ],
  [/UNAUTHORIZED|DENIED/, 'the registry does not let Flux in', 'give it the credentials that spec.secretRef names'],
  [
    /[ (]401\b/,
    'the API server does not accept the certificate: it has expired, or another CA signed it',
    'delete the Secret and run again: it is issued anew',
  ],
  [
    /[ (]403\b/,
    'the API server forbids it: Role and RoleBinding do not open this very spelling of the route to its user',
    'see that both stand as in the bundle; a connection that Flux opened with another certificate lasts some minutes more',
  ],
  [
    /[ (]404\b/,
    'the pod is gone, or it does not serve that path',
    'compare the path in spec.url with what the assets server serves',
  ],
  [/[ (]400\b/, 'the pod has no address yet', 'look at the pod and its node'],
  [
    /[ (]503\b/,
    'nothing listens on that port of the pod, or the Service has no ready pod',
    'compare the port of the route with the one that the assets server listens on, and read its log',
  ],
  [
    /proxyconnect/,
    'the proxy of its environment stands between it and the API server',
    'add the host of the API server to NO_PROXY of Flux',
  ],
  [/no such host/, 'the host of the URL has no address there', 'take an address that needs no DNS of the cluster'],
  [
    /connection refused|no route to host|network is unreachable|i\/o timeout|deadline exceeded/,
    'nothing answers at the address of the URL',
    'take an address of the API server that the pod of Flux reaches',
  ],
  [
    /index YAML|error (unmarshaling|converting)|no index of a chart/,
    'what the path serves is no index of a chart repository',
    'serve the index.yaml that helm repo index writes, as it is',
  ],
];

/** A text about a repository with what it means before it, and what helps. */
export function explain(text: string): { readonly meaning: string; readonly fix: string } {
  const [, cause, fix] = EXPLANATIONS.find(([pattern]) => pattern.test(text)) ?? [];
  return {
    meaning: cause === undefined ? text : `${cause} (${text})`,
    fix: fix ?? 'mend what the message names, and run again',
  };
}
