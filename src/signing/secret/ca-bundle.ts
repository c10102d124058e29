import type { ApiServer } from '../../chain/api-server';
import type { Credential, CredentialSecret } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { EggtoothError, isError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { type KubeObject, printReference } from '../../kubernetes/kube-object';
import { mergeCaBundles, readPem, splitCaBundle } from '../../kubernetes/pem';
import { parseCertificate } from '../../pki/check-certificate';
import { findTrust } from '../verify/endpoint-trust';
import { type EndpointCas, isSameServer } from '../verify/endpoints';
import { leadsHome } from '../verify/loopback';
import { noNamespace } from './not-applied';
import { secretText } from './secret';

/** The CA certificates that the endpoints of a credential are verified with. */
export interface CredentialCas {
  readonly ofEndpoint: EndpointCas;
  /**
   * The CA certificates that a Secret must hold, PEM; empty if it needs none. As long as an endpoint cannot be reached
   * from here, those that the Secret holds already are kept.
   * @param object - the Secret, if it exists
   */
  ofSecret(secret: CredentialSecret, object?: KubeObject): string;
}

/** Finds the CA certificates of every endpoint of a credential. */
export async function readCas(cluster: Cluster, { secrets }: Credential): Promise<CredentialCas> {
  const [namespace = 'default'] = secrets.map((secret) => secret.namespace);
  const endpoints = new Map<string, ApiServer>();
  for (const endpoint of secrets.flatMap((secret) => secret.endpoints)) {
    // Repositories without a CA of their own use the one that others give for the same endpoint.
    if (endpoints.get(endpoint.url)?.certificateAuthority === undefined) endpoints.set(endpoint.url, endpoint);
  }
  const trusts = await Promise.all(
    Array.from(endpoints, async ([url, endpoint]) => {
      const candidates = splitCaBundle(await caBundle(cluster, endpoint, namespace));
      const isGiven = endpoint.certificateAuthority !== undefined;
      const search = { url, candidates, isGiven, leadsHome: leadsHome(cluster, url) };
      return [url, { candidates, ...(await findTrust(search, cluster.server)) }] as const;
    }),
  );
  const byUrl = new Map(trusts);
  return {
    ofEndpoint: (url) => byUrl.get(url)?.certificates ?? [],
    ofSecret(secret, object) {
      const held = object === undefined ? [] : splitCaBundle(secretText(object, 'ca.crt'));
      const needed = secret.endpoints.map(({ url }) => {
        const { candidates = [], certificates = [], isVerified = false } = byUrl.get(url) ?? {};
        const kept = isVerified ? [] : candidates.filter((ca) => held.includes(ca));
        return (kept.length > 0 ? kept : certificates).join('\n');
      });
      return mergeCaBundles(needed);
    },
  };
}

/**
 * The CA certificates that Flux needs for an endpoint. In this order: those that the bundle gives for the endpoint; those
 * of the kubeconfig, if it has the same address; those of the ConfigMap kube-root-ca.crt. Kubernetes guarantees the last
 * ones for internal addresses only: {@link findTrust} tells whether they fit.
 *
 * @param namespace - where kube-root-ca.crt is read; every namespace has one
 */
export async function caBundle(cluster: Cluster, endpoint: ApiServer, namespace: string): Promise<string> {
  if (endpoint.certificateAuthority !== undefined) return certificatesOf(endpoint.certificateAuthority, endpoint.url);
  if (cluster.certificateAuthority !== undefined && isSameServer(cluster.server, endpoint.url)) {
    return certificatesOf(cluster.certificateAuthority, 'the kubeconfig');
  }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'kube-root-ca.crt' };
  const configMap = await new ClusterObjects(cluster).get(object, { purpose: 'read the CA of the cluster' });
  if (configMap === undefined) {
    if (await isMissing(cluster, namespace)) throw noNamespace(namespace);
    throw new EggtoothError('ERR_EGGTOOTH_NOT_FOUND', 'does not exist, so the CA of the cluster cannot be read', {
      fix: 'check that kube-controller-manager runs, which adds it to every namespace; or give the CA in the bundle',
      object,
    });
  }
  return certificatesOf(stringAt(configMap, 'data', 'ca.crt') ?? '', printReference(object));
}

/** Whether a namespace is known not to exist. */
async function isMissing(cluster: Cluster, name: string): Promise<boolean> {
  const found = new ClusterObjects(cluster).get({ apiVersion: 'v1', kind: 'Namespace', name });
  return found.then(
    (namespace) => namespace === undefined,
    (error: unknown) => {
      // Whoever may not read the Namespace cannot be told.
      if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) return false;
      throw error;
    },
  );
}

/**
 * CA certificates as a Secret holds them, each once.
 * @param source - where they come from, for the error
 * @throws EggtoothError `ERR_EGGTOOTH_CA`
 */
export function certificatesOf(pem: string, source: string): string {
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
