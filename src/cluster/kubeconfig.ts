import { readFileSync } from 'node:fs';
import type http from 'node:http';
import type https from 'node:https';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { KubeConfig, Cluster as KubernetesCluster, User as KubernetesUser } from '@kubernetes/client-node';
import { EggtoothError } from '../errors';
import type { Cluster } from './cluster';
import { HttpsCluster } from './https-cluster';
import { readTokenFile } from './token-file';

/** Where to find the cluster; the same defaults as kubectl. */
export interface KubeconfigOptions {
  /** @default - $KUBECONFIG, then ~/.kube/config, then the service account of the pod */
  readonly kubeconfig?: string;
  /** @default - the kubeconfig's current-context */
  readonly context?: string;
  /**
   * How long one call may take, in milliseconds.
   * @default 10000
   */
  readonly timeout?: number;
}

/** Every agent keeps its options; the types of Node tell so of https alone. */
type AgentWithOptions = http.Agent & { readonly options?: https.AgentOptions };

/**
 * The cluster of a kubeconfig, with exec plugins, tokens, client certificates, proxies and the in-cluster
 * configuration, as `@kubernetes/client-node` reads them.
 *
 * @example
 * ```ts
 * const cluster = await clusterFromKubeconfig({ context: 'admin@bare' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG`
 */
export async function clusterFromKubeconfig(options: KubeconfigOptions = {}): Promise<Cluster> {
  const config = await load(options);
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  if (cluster === null || user === null) throw noContext(config, options);
  assertUsable(cluster);
  const request: https.RequestOptions = {};
  const headers: Record<string, string> = {};
  try {
    await config.applyToHTTPSOptions(request);
    Object.assign(headers, basicAuth(request), request.headers);
    const token = mayHaveTokenFile(user) ? readTokenFile(options.kubeconfig, user.name) : undefined;
    if (token !== undefined) headers.Authorization = `Bearer ${token}`;
  } catch (cause) {
    throw refused('the kubeconfig holds credentials that cannot be used', 'try kubectl with it', cause);
  }
  const agent: AgentWithOptions | boolean | undefined = request.agent;
  if (typeof agent !== 'object' || agent.options === undefined) throw badProxy();
  Object.assign(agent, { keepAlive: true, maxSockets: 2 });
  Object.assign(agent.options, { keepAlive: true, rejectUnauthorized: true, ...verifying(cluster) });
  return new HttpsCluster({
    server: cluster.server,
    agent,
    headers,
    certificateAuthority: readCa(cluster),
    timeout: options.timeout ?? 10_000,
  });
}

function assertUsable({ name, server, skipTLSVerify, proxyUrl }: KubernetesCluster): void {
  const problem = (text: string) => `the cluster ${name} of the kubeconfig has ${text}`;
  const shown = server.replace(/\/\/.*@/, '//***@');
  if (skipTLSVerify) {
    throw refused(
      problem('insecure-skip-tls-verify'),
      'give its certificate-authority instead: a CA recorded without verification would be anybody’s',
    );
  }
  if (!server.startsWith('https://')) {
    throw refused(problem(`the server ${shown}, which is not https`), 'write its https address');
  }
  if (!URL.canParse(server)) throw refused(problem(`the server ${shown}, which is no URL`), 'write https://HOST:PORT');
  if (shown !== server) {
    throw refused(problem('credentials in its server'), 'give them to the user of the kubeconfig instead');
  }
  if (proxyUrl && !/^(https?|socks[45]?[ah]?):\/\//.test(proxyUrl)) throw badProxy();
}

async function load({ kubeconfig, context }: KubeconfigOptions): Promise<KubeConfig> {
  const { KubeConfig } = await import('./kubeconfig-reader.js');
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const file = kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config';
    const { code = 'it is no kubeconfig' } = error as NodeJS.ErrnoException;
    throw refused(`the kubeconfig ${file} cannot be read (${code})`, 'name a kubeconfig with --kubeconfig');
  }
  if (kubeconfig === undefined && config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw refused('there is no kubeconfig', 'name one with --kubeconfig or in the variable KUBECONFIG');
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw noContext(config, { context });
    config.setCurrentContext(context);
  }
  return config;
}

function noContext(config: KubeConfig, { context = config.getCurrentContext() }: KubeconfigOptions): EggtoothError {
  const known = config.getContexts().map(({ name }) => name);
  return refused(
    `the kubeconfig has no usable context ${JSON.stringify(context ?? '')}`,
    known.length === 0 ? 'name another kubeconfig' : `choose one of: ${known.join(', ')}`,
  );
}

function badProxy(): EggtoothError {
  return refused(
    'the kubeconfig asks for a proxy that cannot be used',
    'name one that is reached by http, https or socks5',
  );
}

function refused(problem: string, fix: string, cause?: unknown): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_KUBECONFIG', problem, { fix, cause });
}

/** Behind a SOCKS proxy Node does not know whose certificate it sees if the server is named by its address. */
function verifying({ server, tlsServerName }: KubernetesCluster): Pick<ConnectionOptions, 'checkServerIdentity'> {
  const host = tlsServerName ?? new URL(server).hostname.replace(/^\[|\]$/g, '');
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate) };
}

/** To look costs another reading of the kubeconfig, so those who come with something else are spared it. */
function mayHaveTokenFile({ certData, certFile, exec, authProvider, username }: KubernetesUser): boolean {
  return !(certData || certFile || exec || authProvider || username);
}

function readCa({ caData, caFile }: { caData?: string; caFile?: string }): string | undefined {
  if (caData !== undefined) return Buffer.from(caData, 'base64').toString('utf8');
  return caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
}

function basicAuth({ auth }: https.RequestOptions): Record<string, string> {
  return typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}
