import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { EggtoothError } from '../errors';
import type { Cluster } from './cluster';
import { HttpsCluster } from './https-cluster';

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

/**
 * The cluster of a kubeconfig, with exec plugins, tokens, client certificates, proxies and the in-cluster
 * configuration, as @kubernetes/client-node reads them.
 *
 * @example
 * ```ts
 * const cluster = await clusterFromKubeconfig({ context: 'admin@bare' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG`
 */
export async function clusterFromKubeconfig(options: KubeconfigOptions = {}): Promise<Cluster> {
  const config = await load(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentUser() === null) throw noContext(config, options);
  if (cluster.skipTLSVerify) {
    throw refused(`the cluster ${cluster.name} of the kubeconfig has insecure-skip-tls-verify`, {
      cure: 'give its certificate-authority instead: a CA recorded without verification would be anybody’s',
    });
  }
  if (!cluster.server.startsWith('https://')) {
    throw refused(
      `the cluster ${cluster.name} of the kubeconfig has the server ${cluster.server}, which is not https`,
      {
        cure: 'write its https address',
      },
    );
  }
  const request: https.RequestOptions = {};
  await config.applyToHTTPSOptions(request).catch((error: unknown) => {
    throw refused('the kubeconfig holds credentials that cannot be used', {
      cure: 'try kubectl with it',
      cause: error,
    });
  });
  if (!(request.agent instanceof https.Agent)) throw refused('the kubeconfig asks for a proxy that cannot be used', {});
  Object.assign(request.agent, { keepAlive: true, maxSockets: 4 });
  Object.assign(request.agent.options, { keepAlive: true, rejectUnauthorized: true });
  return new HttpsCluster({
    server: cluster.server,
    agent: request.agent,
    headers: { ...basicAuth(request), ...(request.headers as Record<string, string>) },
    certificateAuthority: readCa(cluster),
    timeout: options.timeout ?? 10_000,
  });
}

async function load({ kubeconfig, context }: KubeconfigOptions): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const file = kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config';
    const { code = 'it is no kubeconfig' } = error as NodeJS.ErrnoException;
    throw refused(`the kubeconfig ${file} cannot be read (${code})`, { cure: 'name a kubeconfig with --kubeconfig' });
  }
  if (kubeconfig === undefined && config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw refused('there is no kubeconfig', { cure: 'name one with --kubeconfig or in the variable KUBECONFIG' });
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw noContext(config, { context });
    config.setCurrentContext(context);
  }
  return config;
}

function noContext(config: KubeConfig, { context = config.getCurrentContext() }: KubeconfigOptions): EggtoothError {
  const known = config.getContexts().map(({ name }) => name);
  return refused(`the kubeconfig has no usable context ${JSON.stringify(context ?? '')}`, {
    cure: known.length === 0 ? 'name another kubeconfig' : `choose one of: ${known.join(', ')}`,
  });
}

function refused(problem: string, context: { cure?: string; cause?: unknown }): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_KUBECONFIG', problem, context);
}

function readCa({ caData, caFile }: { caData?: string; caFile?: string }): string | undefined {
  if (caData !== undefined) return Buffer.from(caData, 'base64').toString('utf8');
  return caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
}

function basicAuth({ auth }: https.RequestOptions): Record<string, string> {
  return typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}
