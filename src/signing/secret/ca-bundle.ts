import type { ApiServer } from '../../chain/api-server';
import type { Credential, CredentialSecret } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { printReference } from '../../kubernetes/kube-object';
import { mergeCaBundles, readPem } from '../../kubernetes/pem';
import { parseCertificate } from '../../pki/check-certificate';

/** Finds the CA certificates of every endpoint of a credential; returns those that a Secret must hold. */
export async function readCas(
  cluster: Cluster,
  { secrets }: Credential,
): Promise<(secret: CredentialSecret) => string> {
  const [namespace = 'default'] = secrets.map((secret) => secret.namespace);
  const endpoints = new Map(secrets.flatMap((secret) => secret.endpoints).map((endpoint) => [endpoint.url, endpoint]));
  const bundles = await Promise.all(
    Array.from(endpoints, async ([url, endpoint]) => [url, await caBundle(cluster, endpoint, namespace)] as const),
  );
  const byUrl = new Map(bundles);
  return (secret) => mergeCaBundles(secret.endpoints.map(({ url }) => byUrl.get(url) ?? ''));
}

/**
 * The CA certificates that Flux needs for an endpoint. In this order: those that the bundle gives for the endpoint; those
 * of the kubeconfig, if it has the same address; those of the ConfigMap kube-root-ca.crt. Kubernetes guarantees the last
 * ones for internal addresses only; whether they fit shows when the identity is checked.
 *
 * @param namespace - where kube-root-ca.crt is read; every namespace has one
 */
export async function caBundle(cluster: Cluster, endpoint: ApiServer, namespace: string): Promise<string> {
  if (endpoint.certificateAuthority !== undefined) return certificatesOf(endpoint.certificateAuthority, endpoint.url);
  if (cluster.certificateAuthority !== undefined && isSameAddress(cluster.server, endpoint)) {
    return certificatesOf(cluster.certificateAuthority, 'the kubeconfig');
  }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'kube-root-ca.crt' };
  const configMap = await new ClusterObjects(cluster).get(object, { purpose: 'read the CA of the cluster' });
  if (configMap === undefined) {
    throw new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'does not exist, so the CA of the cluster cannot be read', {
      fix: 'create the namespace first: kube-controller-manager then adds it; or give the CA in the bundle',
      object,
    });
  }
  return certificatesOf(stringAt(configMap, 'data', 'ca.crt') ?? '', printReference(object));
}

function certificatesOf(pem: string, source: string): string {
  const blocks = readPem(pem);
  const areCertificates = blocks.every(
    ({ label, text }) => label === 'CERTIFICATE' && text !== undefined && parseCertificate(text) !== undefined,
  );
  if (blocks.length === 0 || !areCertificates) {
    throw new EggtoothError('ERR_EGGTOOTH_CA', `the CA is not a list of certificates in PEM: ${source}`, {
      fix: 'give PEM blocks CERTIFICATE only',
    });
  }
  return mergeCaBundles([pem]);
}

function isSameAddress(server: string, { host, port }: ApiServer): boolean {
  const url = new URL(server);
  return url.hostname.replace(/^\[|\]$/g, '') === host && Number(url.port || 443) === port;
}
