import { readFileSync } from 'node:fs';
import type http from 'node:http';
import type https from 'node:https';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { Cluster as KubernetesCluster, User as KubernetesUser } from '@kubernetes/client-node';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { type PluginCredential, runPlugin } from './exec-plugin';
import { badProxy, findEntry, readTokenFile, refused, UNUSABLE } from './kubeconfig-file';
import { type Connection, Login } from './login';

/** How long an exec plugin may take if no time limit is set, in milliseconds: it may ask for a password. */
const PLUGIN_TIMEOUT = 60_000;

/** After how long a token is read again from its file, in milliseconds; the same as in client-go. */
const TOKEN_LIFETIME = 60_000;

/** Every agent has its options, although the types of Node.js declare that for https only. */
type AgentWithOptions = http.Agent & { readonly options?: https.AgentOptions };

/** Where a kubeconfig is, and how long a call may take. */
interface LoginOptions {
  readonly kubeconfig?: string;
  readonly timeout?: number;
}

/**
 * The credentials of a user of a kubeconfig, for a cluster of the same.
 * @internal Its types are those of @kubernetes/client-node, which users do not install.
 */
export function loginOf(cluster: KubernetesCluster, user: KubernetesUser, options: LoginOptions): Login {
  let last: { readonly certificate: string; readonly agent: http.Agent } | undefined;
  const connect = async (limit: number): Promise<Connection> => {
    const credential = await credentialOf(cluster, user, options, limit);
    const { request, headers } = await requestOf(cluster, user, options, credential);
    const certificate = String(request.cert);
    if (last?.certificate !== certificate) last = { certificate, agent: agentOf(cluster, request) };
    const changes = mayHaveTokenFile(user) || user.authProvider != null;
    const lifetime = credential?.lifetime ?? (changes ? TOKEN_LIFETIME : Number.POSITIVE_INFINITY);
    return { agent: last.agent, headers, lifetime };
  };
  return new Login(connect, options.timeout ?? PLUGIN_TIMEOUT);
}

/**
 * The field `exec` of a user. Old kubeconfigs have it in `auth-provider`.
 * @internal
 */
export function pluginOf({ exec, authProvider }: KubernetesUser): unknown {
  return exec ?? fieldAt(authProvider, 'config', 'exec');
}

async function credentialOf(
  cluster: KubernetesCluster,
  user: KubernetesUser,
  { kubeconfig }: LoginOptions,
  limit: number,
): Promise<PluginCredential | undefined> {
  const plugin = pluginOf(user);
  if (plugin === undefined) return undefined;
  const { folder = process.cwd() } = findEntry(kubeconfig, 'user', user.name) ?? {};
  return runPlugin(plugin, { user: user.name, folder, limit, cluster: clusterInfo(cluster, kubeconfig) });
}

/** What a plugin with `provideClusterInfo` learns of the cluster. */
function clusterInfo(cluster: KubernetesCluster, kubeconfig: string | undefined): Record<string, unknown> {
  const { server, tlsServerName, proxyUrl } = cluster;
  const ca = readCa(cluster);
  const extensions = listAt(findEntry(kubeconfig, 'cluster', cluster.name)?.value, 'extensions');
  const own = extensions.find((one) => stringAt(one, 'name') === 'client.authentication.k8s.io/exec');
  return {
    server,
    'tls-server-name': tlsServerName,
    'certificate-authority-data': ca && Buffer.from(ca).toString('base64'),
    'proxy-url': proxyUrl,
    config: fieldAt(own, 'extension'),
  };
}

async function requestOf(
  cluster: KubernetesCluster,
  user: KubernetesUser,
  { kubeconfig }: LoginOptions,
  credential: PluginCredential | undefined,
): Promise<{ request: https.RequestOptions; headers: Record<string, string> }> {
  const request: https.RequestOptions = { cert: credential?.certificate, key: credential?.key };
  const headers: Record<string, string> = {};
  try {
    const { KubeConfig } = await import('./kubeconfig-reader.js');
    const config = new KubeConfig();
    config.loadFromClusterAndUser(cluster, credential ? { ...user, exec: undefined, authProvider: undefined } : user);
    await config.applyToHTTPSOptions(request);
    Object.assign(headers, basicAuth(request), request.headers);
    const token = credential?.token ?? (mayHaveTokenFile(user) ? readTokenFile(kubeconfig, user.name) : undefined);
    if (token !== undefined) headers.Authorization = `Bearer ${token}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === undefined ? '' : ` (${code})`;
    throw refused(`${UNUSABLE}${reason}`, 'check them with kubectl');
  }
  return { request, headers };
}

function agentOf(cluster: KubernetesCluster, request: https.RequestOptions): http.Agent {
  const agent: AgentWithOptions | boolean | undefined = request.agent;
  if (typeof agent !== 'object' || agent.options === undefined) throw badProxy();
  Object.assign(agent, { keepAlive: true, maxSockets: 2 });
  Object.assign(agent.options, { keepAlive: true, rejectUnauthorized: true, ...verifying(cluster) });
  return agent;
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

/**
 * The CA of a cluster (PEM).
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` if its file cannot be read
 */
export function readCa({ caData, caFile }: { caData?: string; caFile?: string }): string | undefined {
  if (caData !== undefined) return Buffer.from(caData, 'base64').toString('utf8');
  try {
    return caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refused(`the CA file ${caFile} of the kubeconfig cannot be read (${code})`, 'set certificate-authority');
  }
}

function basicAuth({ auth }: https.RequestOptions): Record<string, string> {
  return typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}
