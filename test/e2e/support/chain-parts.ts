import https from 'node:https';
import type { ObjectReference } from '../../../src/kubernetes/kube-object';
import type { Cluster } from '../../../tools/control-plane';

/** An object as kubectl shows it. */
export interface Item {
  readonly kind: string;
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

const KINDS = [
  'RoleBinding',
  'Role',
  'Secret',
  'CertificateSigningRequest',
  'HelmRepository',
  'Service',
  'StatefulSet',
] as const;

/** `KIND NAMESPACE/NAME` of each. */
export function namesOf(objects: readonly Omit<ObjectReference, 'apiVersion'>[]): readonly string[] {
  return objects.map(({ kind, namespace, name }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`);
}

/** What the chain of the tests' bundle is made of once `issue` ran, in the order in which it goes. */
export async function chainParts(cluster: Cluster): Promise<readonly string[]> {
  const json = await cluster.kubectl(['get', 'secret', 'assets-tls', '-n', 'eggtooth-system', '-o', 'json']);
  const { metadata }: Item = JSON.parse(json);
  return [
    'RoleBinding eggtooth-system/assets-reader',
    'Role eggtooth-system/assets-reader',
    'Secret eggtooth-system/assets-tls',
    'Secret eggtooth-shop/assets-tls',
    `CertificateSigningRequest ${metadata.annotations?.['eggtooth.dev/request']}`,
    'HelmRepository eggtooth-system/system',
    'HelmRepository eggtooth-shop/apps',
    'Service eggtooth-system/assets',
    'StatefulSet eggtooth-system/assets',
  ];
}

/** What stands of the kinds that a chain is made of, in the namespaces of the tests' bundle and in the same order. */
export async function current(cluster: Cluster): Promise<readonly string[]> {
  const { items }: { items: Item[] } = JSON.parse(await cluster.kubectl(['get', KINDS.join(), '-A', '-o', 'json']));
  const inNamespaces = ['eggtooth-system', 'eggtooth-shop', undefined].map((namespace) =>
    items.filter(({ metadata }) => metadata.namespace === namespace),
  );
  const ordered = KINDS.flatMap((kind) => inNamespaces.flat().filter((item) => item.kind === kind));
  return namesOf(ordered.map(({ kind, metadata: { namespace, name } }) => ({ kind, namespace, name })));
}

/** Reads the index of the HelmRepository `system` over a new connection; resolves to the status. */
export type Reader = () => Promise<number>;

/** Keeps the certificate of a Secret, as somebody who had stolen it would. */
export async function thief(cluster: Cluster, name = 'assets', namespace = 'eggtooth-system'): Promise<Reader> {
  const get = async (kind: string, named: string) =>
    JSON.parse(await cluster.kubectl(['get', kind, named, '-n', namespace, '-o', 'json']));
  const { data } = await get('secret', `${name}-tls`);
  const { spec } = await get('helmrepository', 'system');
  const [cert, key, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((field) => Buffer.from(data[field], 'base64'));
  return () =>
    new Promise((resolve, reject) => {
      const options = { cert, key, ca, agent: false };
      const request = https.get(`${spec.url}/index.yaml`, options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
    });
}

/** A CertificateSigningRequest that somebody made by hand. */
export function requestByHand(name: string, request: string) {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  };
}
