import type { EggtoothError } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import { defaultNamespace, inCluster } from './in-cluster';
import {
  defaultFiles,
  type Kubeconfig,
  type KubeconfigEntry,
  readKubeconfig,
  refused,
  textAt,
} from './kubeconfig-file';
import type { KubeconfigOptions } from './kubeconfig-options';

/** A server and a user of it, as a kubeconfig or a pod has them. */
export interface ChosenLogin {
  /** Its URL, without a query. */
  readonly server: string;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  readonly cluster: KubeconfigEntry;
  readonly user: KubeconfigEntry;
  readonly userName: string;
  readonly namespace: string;
  /** Name of the context; absent in a pod. */
  readonly context?: string;
}

/**
 * Chooses server and user as kubectl does.
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` if there is none, or it must not be used
 */
export function chooseLogin(options: KubeconfigOptions): ChosenLogin {
  const config = readKubeconfig(options.kubeconfig || undefined);
  const contextName = options.context || config.currentContext;
  const context = contextName === undefined ? undefined : config.contexts.get(contextName)?.value;
  if (contextName !== undefined && !config.contexts.has(contextName)) throw noContext(config, contextName);
  const clusterName = options.cluster || textAt(context, 'cluster');
  const userName = options.user || textAt(context, 'user');
  const cluster = clusterName === undefined ? undefined : config.clusters.get(clusterName);
  const user = userName === undefined ? undefined : config.users.get(userName);
  if (options.cluster && cluster === undefined) throw noEntry('cluster', options.cluster, config.clusters);
  if (options.user && user === undefined) throw noEntry('user', options.user, config.users);
  const server = options.server || textAt(cluster?.value, 'server');
  const namespace = textAt(context, 'namespace') ?? defaultNamespace();
  if (server === undefined) {
    const ofPod = loginOfPod(namespace);
    if (ofPod === undefined) throw noServer(options, config, contextName, cluster && clusterName);
    return ofPod;
  }
  if (user === undefined || userName === undefined) throw noUser(config, contextName, userName);
  return {
    server: serverOf(clusterName, cluster?.value, server),
    tlsServerName: options.server ? undefined : textAt(cluster?.value, 'tls-server-name'),
    proxyUrl: textAt(cluster?.value, 'proxy-url'),
    cluster: cluster ?? { value: undefined, folder: process.cwd() },
    user,
    userName,
    namespace,
    context: contextName,
  };
}

function loginOfPod(namespace: string): ChosenLogin | undefined {
  const found = inCluster();
  if (found === undefined) return undefined;
  const { server, caFile, tokenFile } = found;
  return {
    server,
    cluster: { value: { 'certificate-authority': caFile }, folder: '/' },
    user: { value: { tokenFile }, folder: '/' },
    userName: 'of the pod',
    namespace,
  };
}

/**
 * A CA that is recorded without verification could be anybody's, and without TLS anybody could read the keys.
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG`
 */
function serverOf(name: string | undefined, cluster: unknown, text: string): string {
  const shown = text.replace(/\/\/.*@/, '//***@');
  if (fieldAt(cluster, 'insecure-skip-tls-verify')) {
    throw refused(
      `the cluster ${name} of the kubeconfig has insecure-skip-tls-verify`,
      'set its certificate-authority instead: eggtooth records the CA of the cluster, and so has to verify it',
    );
  }
  if (!/^https:\/\//i.test(text)) throw refused(`the server ${shown} is not https`, 'set its https address');
  if (!URL.canParse(text)) throw refused(`the server ${shown} is not a URL`, 'set https://HOST:PORT');
  const { username, password } = new URL(text);
  if (username !== '' || password !== '') {
    throw refused(`the server ${shown} has credentials`, 'move them to the user of the kubeconfig');
  }
  return text.replace(/[?#].*$/s, '').replace(/(?<!:)\/{2,}/g, '/');
}

function noServer(
  { kubeconfig }: KubeconfigOptions,
  config: Kubeconfig,
  context: string | undefined,
  cluster: string | undefined,
): EggtoothError {
  if (cluster !== undefined) {
    return refused(`the cluster ${cluster} of the kubeconfig has no server`, 'set its server to https://HOST:PORT');
  }
  if (config.files.length > 0 || kubeconfig) return noContext(config, context);
  return refused(
    `there is no kubeconfig: ${defaultFiles().join(', ')} not found`,
    'set --kubeconfig or the variable KUBECONFIG',
  );
}

function noUser(config: Kubeconfig, context: string | undefined, user: string | undefined): EggtoothError {
  const known = [...config.users.keys()];
  const what = user === undefined ? 'no user' : `the user ${JSON.stringify(user)}, which does not exist`;
  return refused(
    `the kubeconfig has no usable context ${JSON.stringify(context ?? '')}: it has ${what}`,
    known.length === 0 ? 'use another kubeconfig' : `set --user to one of: ${known.join(', ')}`,
  );
}

function noContext(config: Kubeconfig, context = ''): EggtoothError {
  return noEntry('usable context', context, config.contexts);
}

function noEntry(kind: string, name: string, known: ReadonlyMap<string, unknown>): EggtoothError {
  return refused(
    `the kubeconfig has no ${kind} ${JSON.stringify(name)}`,
    known.size === 0 ? 'use another kubeconfig' : `choose one of: ${[...known.keys()].join(', ')}`,
  );
}
