import { readFileSync } from 'node:fs';
import type http from 'node:http';
import type https from 'node:https';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { KubeConfig, Cluster as KubernetesCluster, User as KubernetesUser } from '@kubernetes/client-node';
import { EggtoothError } from '../errors';
import type { Cluster } from './cluster';
import { HttpsCluster } from './https-cluster';
import { readTokenFile } from './token-file';

/** Options for {@link clusterFromKubeconfig}. The defaults are those of kubectl. */
export interface KubeconfigOptions {
  /**
   * Path of the kubeconfig.
   * @default - $KUBECONFIG, then ~/.kube/config, then the service account of the pod
   */
  readonly kubeconfig?: string;
  /**
   * Context of the kubeconfig.
   * @default - its current-context
   */
  readonly context?: string;
  /**
   * Time limit of one call, in milliseconds.
   * @default 10000
   */
  readonly timeout?: number;
}

/** Every agent has its options, although the types of Node.js declare that for https only. */
type AgentWithOptions = http.Agent & { readonly options?: https.AgentOptions };

/**
 * Connects to the cluster of a kubeconfig. Exec plugins, tokens, client certificates, proxies and the in-cluster
 * configuration are read by `@kubernetes/client-node`.
 *
 * @example
 * ```ts
 * const cluster = await clusterFromKubeconfig({ context: 'admin@bare' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` if there is no kubeconfig, or it cannot or must not be used
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
    throw refused('the kubeconfig contains credentials that cannot be used', 'check them with kubectl', cause);
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
      "set its certificate-authority instead: a CA that is recorded without verification could be anybody's",
    );
  }
  if (!server.startsWith('https://')) {
    throw refused(problem(`the server ${shown}, which is not https`), 'set its https address');
  }
  if (!URL.canParse(server)) throw refused(problem(`the server ${shown}, which is not a URL`), 'set https://HOST:PORT');
  if (shown !== server) {
    throw refused(problem('credentials in its server'), 'move them to the user of the kubeconfig');
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
    const { code = 'it is not a kubeconfig' } = error as NodeJS.ErrnoException;
    throw refused(`the kubeconfig ${file} cannot be read (${code})`, 'set --kubeconfig to a kubeconfig');
  }
  if (kubeconfig === undefined && config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw refused('there is no kubeconfig', 'set --kubeconfig or the variable KUBECONFIG');
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
    known.length === 0 ? 'use another kubeconfig' : `choose one of: ${known.join(', ')}`,
  );
}

function badProxy(): EggtoothError {
  return refused(
    'the kubeconfig has a proxy that cannot be used',
    'set a proxy-url with the scheme http, https or socks5',
  );
}

function refused(problem: string, fix: string, cause?: unknown): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_KUBECONFIG', problem, { fix, cause });
}

/** Behind a SOCKS proxy, Node.js does not know the expected host if the server is an IP address. */
function verifying({ server, tlsServerName }: KubernetesCluster): Pick<ConnectionOptions, 'checkServerIdentity'> {
  const host = tlsServerName ?? new URL(server).hostname.replace(/^\[|\]$/g, '');
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate) };
}

/** Whether the user may have a token file: reading it costs another parse of the kubeconfig. */
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
