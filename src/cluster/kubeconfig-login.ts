import type http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import tls, { checkServerIdentity, createSecureContext } from 'node:tls';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { type PluginCredential, runPlugin } from './exec-plugin';
import { VERIFYING } from './https-cluster';
import { headerValue, type Impersonation, impersonationHeaders } from './impersonation';
import type { ChosenLogin } from './kubeconfig-choice';
import { contentAt, type KubeconfigEntry, readNamed, refused, textAt, UNUSABLE } from './kubeconfig-file';
import { type Connection, Login } from './login';
import { hostOf, proxyFor } from './proxy-choice';
import { TunnelAgent } from './tunnel-agent';

/** How long an exec plugin may take if no time limit is set, in milliseconds: it may ask for a password. */
const PLUGIN_TIMEOUT = 60_000;

/** After how long a token or a certificate is read again from its file, in milliseconds; the same as in client-go. */
const FILE_LIFETIME = 60_000;

/** How long before its end an id-token counts as expired, in milliseconds; the same as in client-go. */
const ID_TOKEN_MARGIN = 10_000;

/** Options for {@link loginOf}. */
interface LoginOptions {
  readonly impersonate?: Impersonation;
  readonly timeout?: number;
}

/** What a user authenticates with. */
interface Credentials {
  readonly authorization?: string;
  readonly cert?: string;
  readonly key?: string;
  /** How long they may be used, in milliseconds. */
  readonly lifetime: number;
}

/**
 * The credentials of a user of a kubeconfig, for its server.
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` if they contradict each other, as with kubectl
 */
export function loginOf(chosen: ChosenLogin, { impersonate, timeout = PLUGIN_TIMEOUT }: LoginOptions): Login {
  const impersonation = impersonationHeaders(chosen.user.value, impersonate);
  let last: { readonly cert?: string; readonly key?: string; readonly agent: http.Agent } | undefined;
  return new Login(async (limit): Promise<Connection> => {
    const { authorization, cert, key, lifetime } = await credentialsOf(chosen, limit);
    if (last === undefined || last.cert !== cert || last.key !== key) {
      last = { cert, key, agent: agentOf(chosen, { cert, key }) };
    }
    const headers = {
      ...(authorization !== undefined && { Authorization: headerValue(authorization) }),
      ...impersonation,
    };
    return { agent: last.agent, headers, lifetime };
  }, timeout);
}

/** Whether the credentials of a user come from an exec plugin. kubectl prefers every other kind. */
export function usesPlugin({ value }: KubeconfigEntry): boolean {
  const others = ['token', 'tokenFile', 'username', 'password', 'client-certificate', 'client-certificate-data'];
  return fieldAt(value, 'exec') != null && others.every((field) => textAt(value, field) === undefined);
}

async function credentialsOf(chosen: ChosenLogin, limit: number): Promise<Credentials> {
  const { user, userName } = chosen;
  const { value } = user;
  const refuse = (problem: string, fix: string) => refused(`the user ${userName} of the kubeconfig ${problem}`, fix);
  const token = tokenOf(user);
  const [username, password] = [textAt(value, 'username'), textAt(value, 'password')];
  const isBasic = (username ?? password) !== undefined;
  const cert = contentAt(user, 'client-certificate');
  const key = cert === undefined ? undefined : contentAt(user, 'client-key');
  const exec = fieldAt(value, 'exec') ?? undefined;
  const provider = fieldAt(value, 'auth-provider') ?? undefined;
  if (token !== undefined && isBasic) throw refuse('has both a token and a password', 'remove one of them');
  if (cert !== undefined && key === undefined) throw refuse('has a client-certificate without key', 'set client-key');
  if (exec !== undefined && provider !== undefined) {
    throw refuse('has both exec and an auth-provider', 'remove the auth-provider');
  }
  const isRead = ['tokenFile', 'client-certificate', 'client-key'].some((field) => textAt(value, field) !== undefined);
  const lifetime = isRead ? FILE_LIFETIME : Number.POSITIVE_INFINITY;
  if (isBasic) {
    const pair = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
    return { authorization: `Basic ${pair}`, cert, key, lifetime };
  }
  if (token !== undefined) return { authorization: `Bearer ${token}`, cert, key, lifetime };
  if (provider !== undefined) return { cert, key, ...idTokenOf(provider, refuse) };
  if (exec !== undefined && cert === undefined) return ofPlugin(await runPlugin(exec, pluginOptions(chosen, limit)));
  if (cert === undefined) {
    throw refuse('has no credentials', 'add a token, a client certificate or an exec plugin, or choose another --user');
  }
  return { cert, key, lifetime };
}

/** The token file counts; the token is used while the file cannot be read. */
function tokenOf({ value, folder }: KubeconfigEntry): string | undefined {
  const [token, file] = [textAt(value, 'token'), textAt(value, 'tokenFile')];
  if (file === undefined) return token;
  try {
    const text = readNamed(resolve(folder, file), 'tokenFile').trim();
    if (text !== '') return text;
  } catch (error) {
    if (token === undefined) throw error;
  }
  if (token === undefined) throw refused(`${UNUSABLE}: the tokenFile ${file} is empty`, 'write the token to it');
  return token;
}

function ofPlugin({ token, certificate, key, lifetime }: PluginCredential): Credentials {
  return { authorization: token && `Bearer ${token}`, cert: certificate, key, lifetime };
}

/** kubectl has the provider oidc alone. It refreshes an expired id-token, and writes the new one to the kubeconfig. */
function idTokenOf(
  provider: unknown,
  refuse: (problem: string, fix: string) => Error,
): Pick<Credentials, 'authorization' | 'lifetime'> {
  const name = textAt(provider, 'name') ?? '';
  if (name !== 'oidc') {
    const what = `has the auth-provider ${JSON.stringify(name)}, which kubectl does not support any longer`;
    throw refuse(what, 'use an exec plugin, such as gke-gcloud-auth-plugin or kubelogin');
  }
  const token = textAt(provider, 'config', 'id-token') ?? '';
  const lifetime = endOf(token) - Date.now() - ID_TOKEN_MARGIN;
  if (lifetime > 0) return { authorization: `Bearer ${token}`, lifetime };
  throw refuse(
    'has the auth-provider oidc with an id-token that has expired, and eggtooth does not refresh it',
    'run kubectl get namespaces, which refreshes it, or use an exec plugin such as kubectl oidc-login',
  );
}

/** When a JSON Web Token expires, in milliseconds since 1970; 0 if it is none. */
function endOf(token: string): number {
  const [, payload = ''] = token.split('.');
  try {
    return Number(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')).exp) * 1000 || 0;
  } catch {
    return 0;
  }
}

function pluginOptions(chosen: ChosenLogin, limit: number) {
  return { user: chosen.userName, folder: chosen.user.folder, limit, cluster: clusterInfo(chosen) };
}

/** What a plugin with `provideClusterInfo` learns of the cluster. */
function clusterInfo({ server, tlsServerName, proxyUrl, cluster }: ChosenLogin): Record<string, unknown> {
  const ca = contentAt(cluster, 'certificate-authority');
  const extensions = listAt(cluster.value, 'extensions');
  const own = extensions.find((one) => stringAt(one, 'name') === 'client.authentication.k8s.io/exec');
  return {
    server,
    'tls-server-name': tlsServerName,
    'certificate-authority-data': ca && Buffer.from(ca).toString('base64'),
    'proxy-url': proxyUrl,
    'disable-compression': fieldAt(cluster.value, 'disable-compression') || undefined,
    config: fieldAt(own, 'extension'),
  };
}

/**
 * An agent for a server, with a client certificate if there is one.
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` for a CA, certificate or key that is none, or do not belong together
 */
export function agentOf(
  { server, tlsServerName, proxyUrl, cluster }: ChosenLogin,
  { cert, key }: Pick<Credentials, 'cert' | 'key'>,
): http.Agent {
  const url = new URL(server);
  const host = tlsServerName ?? hostOf(url);
  const ca = contentAt(cluster, 'certificate-authority');
  const identity = { ca: ca ?? systemCertificates(), cert, key, ...VERIFYING };
  try {
    createSecureContext(identity);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refused(`${UNUSABLE}: a certificate or key is invalid (${code})`, 'check them with kubectl');
  }
  const options: https.AgentOptions = {
    ...identity,
    keepAlive: true,
    maxSockets: 2,
    // An address has no place in SNI.
    ...(tlsServerName !== undefined && { servername: isIP(tlsServerName) === 0 ? tlsServerName : '' }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  };
  const proxy = proxyFor(url, proxyUrl);
  return proxy === undefined ? new https.Agent(options) : new TunnelAgent(proxy, options);
}

/** The CAs that this machine trusts, in addition to those of Node.js, where Node.js can tell (22.15 and newer). */
function systemCertificates(): string[] | undefined {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default' | 'system') => readonly string[] };
  return getCACertificates && [...getCACertificates('default'), ...getCACertificates('system')];
}
