/** A pattern in messages of source-controller and of servers about a repository, its cause, and its fix. */
export type Explanation = readonly [text: RegExp, cause: string, fix: string];

/** Explanations of messages about a repository that Flux reads through the API server. */
const EXPLANATIONS: readonly Explanation[] = [
  [
    /secrets? .*not found/,
    'its Secret does not exist',
    'find out what deletes the Secret, then run again: a certificate is issued into it',
  ],
  [
    /tls\.(crt|key)|ca\.crt|private key|CA certificate|TLS config/,
    'its Secret does not contain a matching certificate, key and CA',
    'delete the Secret and run again: a certificate is issued into it',
  ],
  [
    /unknown authority/,
    'the CA in its Secret did not sign the certificate of the API server at that address',
    'set the right CA in the bundle: ApiServer.fromUrl(url, { certificateAuthority })',
  ],
  [
    /has expired or is not yet valid/,
    'the certificate of the API server is not valid now',
    'set the clock of the node, or renew that certificate',
  ],
  [
    /certificate is valid for|cannot validate certificate|SANs/,
    'the certificate of the API server does not contain the host of the URL',
    'use an address that the certificate contains, or add this one to it',
  ],
  [
    /no chart (name|version) found|InvalidChartReference/,
    'the repository has no such chart or version',
    'compare spec.chart of the HelmRelease with the index that the repository serves',
  ],
  [
    /No agent available/i,
    'the API server reaches pods only through konnectivity, and no agent of it is connected',
    'start the konnectivity agents, with hostNetwork and tolerations if there is no CNI yet',
  ],
  [
    /[ (]401\b/,
    'the API server rejects the certificate: it has expired, or another CA signed it',
    'run again: another certificate is issued into its Secret',
  ],
  [
    /[ (]403\b/,
    'the API server forbids it: Role and RoleBinding do not allow this exact route to its user',
    'check that Role and RoleBinding are as in the bundle; Flux may keep a connection with another certificate for some minutes',
  ],
  [
    /[ (]404\b/,
    'the pod is gone, or does not serve that path',
    'compare the path in spec.url with what the assets server serves',
  ],
  [/[ (]400\b/, 'the pod has no address yet', 'check the pod and its node'],
  [
    /[ (]503\b/,
    'nothing listens on that port of the pod, or the Service has no ready pod',
    'compare the port of the route with the port that the assets server listens on, and read its log',
  ],
  [
    /proxyconnect/,
    'the proxy in the environment of Flux does not reach the API server',
    'add the host of the API server to NO_PROXY of Flux',
  ],
  [
    /no such host/,
    'the host of the URL cannot be resolved',
    'use an address that does not need the DNS of the cluster',
  ],
  [
    /connection refused|no route to host|network is unreachable|i\/o timeout|deadline exceeded/,
    'nothing answers at the address of the URL',
    'use an address of the API server that the pod of Flux reaches',
  ],
  [
    /index YAML|error (unmarshaling|converting)|index of a chart repository/,
    'the path does not serve the index of a chart repository',
    'serve the index.yaml that helm repo index writes, unchanged',
  ],
];

/**
 * Explains a message about a repository to people. Nothing else may depend on the result.
 * @returns the message, after its cause if that is known, and what to do
 */
export function explain(message: string): { readonly meaning: string; readonly fix: string } {
  return explainBy(EXPLANATIONS, message);
}

/** Explains a message by the first pattern that matches. */
export function explainBy(
  explanations: readonly Explanation[],
  message: string,
): { readonly meaning: string; readonly fix: string } {
  const line = message.replaceAll(/\s*\n\s*/g, ': ');
  const [, cause, fix] = explanations.find(([pattern]) => pattern.test(line)) ?? [];
  return {
    meaning: cause === undefined ? line : `${cause} (${line})`,
    fix: fix ?? 'fix what the message names, then run again',
  };
}
