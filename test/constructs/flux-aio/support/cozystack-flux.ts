import type { KubeObject } from '../../../../src/kubernetes/kube-object';
import { fluxAio280 } from './flux-aio-2.8.0';

const tolerations = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.cilium.io/agent-not-ready',
  'node.cloudprovider.kubernetes.io/uninitialized',
].map((key) => ({ key, operator: 'Exists' }));

const apiServer = [
  { name: 'KUBERNETES_SERVICE_HOST', value: 'localhost' },
  { name: 'KUBERNETES_SERVICE_PORT', value: '7445' },
];

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly unknown[];
  readonly resources: object;
}

interface Deployment {
  readonly spec: { readonly template: { readonly spec: { tolerations: unknown; containers: readonly Container[] } } };
}

/**
 * Flux 2.8.0 as Cozystack runs it since v1.0 on Talos: with its values for flux-aio, and its changes of the rendered objects.
 * It has no dnsPolicy; v0.40 had ClusterFirstWithHostNet.
 */
export const cozystackFlux: readonly KubeObject[] = [
  ...rendered().map((object) => {
    if (object.kind !== 'Deployment') return object;
    const { spec } = (object as unknown as Deployment).spec.template;
    spec.tolerations = tolerations;
    spec.containers = spec.containers.map(changed);
    return object;
  }),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'flux', namespace: 'cozy-fluxcd' },
    spec: { selector: { 'app.kubernetes.io/name': 'flux' }, ports: [{ port: 80, targetPort: 'http-sc' }] },
  },
];

function rendered(): KubeObject[] {
  const text = JSON.stringify(fluxAio280)
    .replaceAll('flux-system', 'cozy-fluxcd')
    .replaceAll(',"app.kubernetes.io/managed-by":"timoni"', '')
    .replaceAll('.cluster.local.,.cluster.local,.svc', '.svc')
    .replaceAll('.svc.cluster.local.', '.svc')
    .replaceAll('source-watcher.$', 'flux.$');
  return JSON.parse(text);
}

function changed(container: Container): Container {
  const { name, args, env } = container;
  const withEnv = { ...container, env: [...env, ...apiServer] };
  if (name !== 'source-watcher') return withEnv;
  const resources = { requests: { cpu: '500m', memory: '64Mi' }, limits: { memory: '1Gi' } };
  return { ...withEnv, args: [...args, '--concurrent=20'], resources };
}
