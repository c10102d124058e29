import type { KubeConfig, Cluster as KubernetesCluster } from '@kubernetes/client-node';
import type { EggtoothError } from '../errors';
import type { Cluster } from './cluster';
import { HttpsCluster } from './https-cluster';
import { badProxy, refused } from './kubeconfig-file';
import { loginOf, pluginOf, readCa } from './kubeconfig-login';

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
   * Time limit of one call, in milliseconds, and of an exec plugin that runs for it.
   * @default - 10000, and 60000 for an exec plugin, which may ask for a password
   */
  readonly timeout?: number;
}

/**
 * Connects to the cluster of a kubeconfig. Tokens, client certificates, proxies and the in-cluster configuration are read by
 * `@kubernetes/client-node`. An exec plugin runs at the first call, as kubectl runs it. Credentials are read again when they
 * expire, or when the API server rejects them. Nothing that prints the cluster shows a token or a key.
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
  const login = loginOf(cluster, user, options);
  // An exec plugin runs at the first call, whose time limit it counts against.
  if (pluginOf(user) === undefined) await login.current();
  return new HttpsCluster({
    server: cluster.server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace || undefined,
    login,
    certificateAuthority: readCa(cluster),
    timeout: options.timeout ?? 10_000,
    connectAs({ cert, key }, timeout) {
      const holder = { name: 'certificate', certData: toBase64(cert), keyData: toBase64(key) };
      return new HttpsCluster({ server: cluster.server, login: loginOf(cluster, holder, options), timeout });
    },
  });
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
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
