import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** Where the kubelet mounts the token of a pod's service account. */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The API server of the cluster that this pod runs in. */
export interface InCluster {
  readonly server: string;
  readonly caFile: string;
  readonly tokenFile: string;
}

/** Returns what a pod knows of its cluster; `undefined` outside of a pod. kubectl uses it if there is no kubeconfig. */
export function inCluster(): InCluster | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = process.env;
  const tokenFile = join(FOLDER, 'token');
  if (host === '' || port === '' || !statSync(tokenFile, { throwIfNoEntry: false })?.isFile()) return undefined;
  const server = `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return { server, caFile: join(FOLDER, 'ca.crt'), tokenFile };
}

/**
 * The namespace of objects that name none, for a context without a namespace: in a pod, that of the pod, also if it uses a
 * kubeconfig.
 */
export function defaultNamespace(): string {
  return (inCluster() && (process.env.POD_NAMESPACE || podNamespace())) || 'default';
}

function podNamespace(): string | undefined {
  try {
    return readFileSync(join(FOLDER, 'namespace'), 'utf8').trim();
  } catch {
    return undefined;
  }
}
