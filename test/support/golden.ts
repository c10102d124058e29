import { ApiObject, JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../src/kubernetes/kube-object';

/** The address of the API server in the golden bundle: KubePrism of Talos. */
export const goldenEndpoint = 'https://localhost:7445';

/** The path of the golden route: the API server's proxy to the pod cozystack-assets-0. */
export const goldenRoute = '/api/v1/namespaces/cozy-system/pods/cozystack-assets-0/proxy';

/** The bundle of Cozystack 0.40, exactly as its installer applied it. */
export function goldenObjects(): KubeObject[] {
  return [
    namespace('cozy-system', { 'cozystack.io/system': 'true', 'pod-security.kubernetes.io/enforce': 'privileged' }),
    namespace('cozy-public'),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'cozystack-assets', namespace: 'cozy-system', labels: { app: 'cozystack-assets' } },
      spec: {
        serviceName: 'cozystack-assets',
        replicas: 1,
        selector: { matchLabels: { app: 'cozystack-assets' } },
        template: {
          metadata: { labels: { app: 'cozystack-assets' } },
          spec: {
            hostNetwork: true,
            tolerations: [{ operator: 'Exists' }],
            containers: [
              {
                name: 'assets-server',
                image: 'ghcr.io/cozystack/cozystack/cozystack-assets:v0.40.0',
                args: ['-dir=/cozystack/assets', '-address=:8123'],
                ports: [{ name: 'http', containerPort: 8123, hostPort: 8123 }],
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'cozystack-assets', namespace: 'cozy-system' },
      spec: {
        type: 'ClusterIP',
        selector: { app: 'cozystack-assets' },
        ports: [{ name: 'http', port: 80, targetPort: 8123 }],
      },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'cozystack-assets-reader', namespace: 'cozy-system' },
      rules: [{ apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['cozystack-assets-0'], verbs: ['get'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'cozystack-assets-reader', namespace: 'cozy-system' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'cozystack-assets-reader' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'cozystack-assets-reader' },
    },
    helmRepository('cozy-system/cozystack-system', 'system', { 'cozystack.io/repository': 'system' }),
    helmRepository('cozy-public/cozystack-apps', 'apps', {
      'cozystack.io/repository': 'apps',
      'cozystack.io/ui': 'true',
    }),
    helmRepository('cozy-public/cozystack-extra', 'extra', { 'cozystack.io/repository': 'extra' }),
  ];
}

/** The golden bundle, with a route to the Service instead of the pod. */
export function goldenThroughService(): KubeObject[] {
  const text = JSON.stringify(goldenObjects())
    .replaceAll('/pods/cozystack-assets-0/', '/services/cozystack-assets:http/')
    .replace('["pods/proxy"]', '["services/proxy"]')
    .replace('["cozystack-assets-0"]', '["cozystack-assets:http"]');
  return JSON.parse(text);
}

/** `KIND NAME`, which is unique in the golden bundle. */
export function labelOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}

/** The only object with this `KIND NAME`. */
export function find(objects: readonly KubeObject[], label: string): KubeObject {
  const [object, ...others] = objects.filter((candidate) => labelOf(candidate) === label);
  if (object === undefined || others.length > 0)
    throw new Error(`expected one ${label}, found ${object === undefined ? 0 : others.length + 1}`);
  return object;
}

/** The golden bundle with a JSON patch on one object, named `KIND NAME`. */
export function goldenWith(label: string, ...patches: JsonPatch[]): KubeObject[] {
  const objects = goldenObjects();
  const index = objects.indexOf(find(objects, label));
  return objects.with(index, JsonPatch.apply(objects[index], ...patches));
}

/** The golden bundle without some objects, each named `KIND NAME`. */
export function goldenWithout(...labels: string[]): KubeObject[] {
  const objects = goldenObjects();
  const left = new Set(labels.map((label) => find(objects, label)));
  return objects.filter((object) => !left.has(object));
}

/** Adds objects unchanged to a Chart. */
export function addObjects(scope: ConstructorParameters<typeof ApiObject>[0], objects: readonly KubeObject[]): void {
  for (const object of objects) new ApiObject(scope, labelOf(object), object);
}

function namespace(name: string, labels?: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(labels && { labels }) } };
}

function helmRepository(reference: string, path: string, labels: Record<string, string>): KubeObject {
  const [namespace, name] = reference.split('/');
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name, namespace, labels },
    spec: {
      url: `${goldenEndpoint}${goldenRoute}/repos/${path}`,
      interval: '5m0s',
      certSecretRef: { name: 'cozystack-assets-tls' },
    },
  };
}
