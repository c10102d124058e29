import { X509Certificate } from 'node:crypto';
import type { ApiServer } from '../../chain/api-server';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';

const CERTIFICATE = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/**
 * The CA certificates that Flux needs for an endpoint. In order: those given with the endpoint (in the bundle), the
 * kubeconfig's if it has the same address, the ConfigMap kube-root-ca.crt. Kubernetes guarantees the last one for
 * internal addresses only; the checks of the identity shows whether it fits.
 *
 * @param namespace - where kube-root-ca.crt is read; every namespace has one
 */
export async function caBundle(cluster: Cluster, endpoint: ApiServer, namespace: string): Promise<string> {
  if (endpoint.certificateAuthority !== undefined) return certificatesOf(endpoint.certificateAuthority, endpoint.url);
  if (cluster.certificateAuthority !== undefined && sameAddress(cluster.server, endpoint)) {
    return certificatesOf(cluster.certificateAuthority, 'the kubeconfig');
  }
  const name = 'kube-root-ca.crt';
  const configMap = await cluster.call({
    purpose: "read the cluster's CA",
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
    object: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
  });
  return certificatesOf(stringAt(configMap, 'data', 'ca.crt') ?? '', `ConfigMap ${namespace}/${name}`);
}

/** Several CA bundles as one: each certificate once, in order. */
export function mergeCaBundles(bundles: readonly string[]): string {
  const blocks = bundles.flatMap((bundle) => bundle.match(CERTIFICATE) ?? []);
  return `${[...new Set(blocks)].join('\n')}\n`;
}

function certificatesOf(pem: string, source: string): string {
  const blocks = Array.from(pem.matchAll(CERTIFICATE));
  if (blocks.length === 0 || blocks.some(([block, label]) => label !== 'CERTIFICATE' || !isCertificate(block))) {
    throw new EggtoothError('ERR_EGGTOOTH_CA', `the CA of ${source} is not a list of PEM certificates`, {
      fix: 'give blocks CERTIFICATE only',
    });
  }
  return mergeCaBundles([pem]);
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}

function sameAddress(server: string, { host, port }: ApiServer): boolean {
  const url = new URL(server);
  return url.hostname.replace(/^\[|\]$/g, '') === host && Number(url.port || 443) === port;
}
