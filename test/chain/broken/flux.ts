import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type Broken, deployment, env, extended, type Sound, withoutCni } from './broken';

const image = 'registry.example/any:1';
const [at, pod] = [['Deployment cozy-system/any'], 'spec.template.spec'];

/** A Deployment with containers of Flux, with an environment unless they have another one. */
function flux(podSpec: object, ...containers: object[]): KubeObject {
  return deployment('any', { ...podSpec, containers: containers.map((container) => ({ image, env, ...container })) });
}

const advertising = {
  name: 'source-controller',
  args: ['--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local.'],
};
const taint = 'node.kubernetes.io/not-ready';
const local = [...env, { name: 'SOURCE_CONTROLLER_LOCALHOST', value: 'localhost:9090' }];

const onTheNetworkOfPods = {
  rule: 'flux-without-cni',
  at,
  field: `${pod}.hostNetwork`,
  says: 'its pod cannot start before there is a CNI',
  fix: 'set hostNetwork: true',
};

const intolerant: readonly Broken[] = [
  [],
  [{ key: taint, operator: 'Exists', effect: 'NoExecute' }],
  [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
  [{ key: taint, operator: 'Equal', value: 'true' }],
].map((tolerations) => ({
  rule: 'flux-without-cni',
  by: `a Flux with the tolerations ${JSON.stringify(tolerations)}`,
  ...extended(flux({ ...withoutCni, tolerations }, { name: 'source-controller' })),
  at,
  field: `${pod}.tolerations`,
  says: 'Flux does not tolerate node.kubernetes.io/not-ready',
  fix: 'add {key: node.kubernetes.io/not-ready, operator: Exists}',
}));

const withoutAddress: readonly Broken[] = [
  [],
  [{ name: 'KUBERNETES_SERVICE_PORT', value: '6443' }],
  [{ name: 'KUBERNETES_SERVICE_HOST', value: 'kubernetes.default.svc' }],
].map((variables) => ({
  rule: 'flux-without-cni',
  by: `a Flux with the environment ${JSON.stringify(variables)}`,
  ...extended(flux(withoutCni, { name: 'manager', image: 'ghcr.io/fluxcd/source-controller:v1.9.5', env: variables })),
  at,
  field: `${pod}.containers[0].env`,
  says: 'manager connects to the Service of the API server, which needs kube-proxy',
  fix: 'set KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT',
}));

/** A HelmRepository of another server. */
const upstream: KubeObject = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmRepository',
  metadata: { name: 'cilium', namespace: 'cozy-system' },
  spec: { url: 'https://helm.cilium.io', interval: '5m' },
};
const coreDns = { ...withoutCni, dnsPolicy: 'ClusterFirstWithHostNet' };
const byCoreDns = {
  rule: 'flux-without-cni',
  at,
  field: `${pod}.dnsPolicy`,
  says: 'Flux resolves the hosts of URLs by CoreDNS, which does not run before there is a CNI',
  fix: 'remove dnsPolicy',
};

/** Bundles with a Flux of somebody else that does not work before there is a CNI. */
export const brokenFlux: readonly Broken[] = [
  {
    by: 'a Flux on the network of pods',
    ...extended(flux({ hostNetwork: false }, { name: 'source-controller' }, { name: 'helm-controller' })),
    ...onTheNetworkOfPods,
  },
  {
    by: 'a helm-controller on the network of pods',
    ...extended(
      flux({ hostNetwork: undefined }, { name: 'manager', image: `a/helm-controller@sha256:${'0'.repeat(64)}` }),
    ),
    ...onTheNetworkOfPods,
  },
  ...intolerant,
  ...withoutAddress,
  {
    rule: 'flux-without-cni',
    by: 'a Flux whose helm-controller uses the Service of source-controller',
    ...extended(flux(withoutCni, advertising, { name: 'helm-controller' })),
    at,
    field: `${pod}.containers[1].env`,
    says: 'helm-controller downloads charts from source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local., the name of a Service',
    fix: 'set SOURCE_CONTROLLER_LOCALHOST',
  },
  {
    by: 'a Flux that resolves a public host by CoreDNS, beside a chain',
    ...extended(flux(coreDns, { name: 'source-controller' }), upstream),
    ...byCoreDns,
  },
  {
    by: 'a Flux that resolves a public host by CoreDNS, beside no chain',
    objects: [flux(coreDns, { name: 'source-controller' }), upstream],
    ...byCoreDns,
  },
];

/** Bundles with a Flux that works before there is a CNI, or needs not to. */
export const soundFlux: readonly Sound[] = [
  {
    with: 'a Flux that works without CNI',
    ...extended(flux(withoutCni, advertising, { name: 'helm-controller', env: local })),
  },
  {
    with: 'a Flux that tolerates everything',
    ...extended(flux({ ...withoutCni, tolerations: [{ operator: 'Exists' }] }, { name: 'source-controller' })),
  },
  {
    with: 'a Flux on a node that is named',
    ...extended(flux({ hostNetwork: true, nodeName: 'a' }, { name: 'source-controller' })),
  },
  {
    with: 'a Flux whose environment is elsewhere',
    ...extended(flux(withoutCni, { name: 'source-controller', env: [], envFrom: [{ configMapRef: { name: 'a' } }] })),
  },
  {
    with: 'a Flux that has its address from its node',
    ...extended(
      flux(withoutCni, {
        name: 'source-controller',
        env: [{ name: 'KUBERNETES_SERVICE_HOST', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }],
      }),
    ),
  },
  {
    with: 'a source-controller that advertises an address',
    ...extended(
      flux(
        withoutCni,
        { name: 'source-controller', args: ['--storage-adv-addr=localhost:9790'] },
        { name: 'helm-controller' },
      ),
    ),
  },
  {
    with: 'a Flux that would resolve by CoreDNS, and has nothing to resolve',
    ...extended(flux(coreDns, { name: 'source-controller' })),
  },
  {
    with: 'an ordinary Flux that reads from upstream',
    objects: [flux({ hostNetwork: false, dnsPolicy: 'ClusterFirst' }, { name: 'source-controller' }), upstream],
  },
  { with: 'an ordinary Flux beside no chain', objects: [flux({ hostNetwork: false }, { name: 'source-controller' })] },
];
