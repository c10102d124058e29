import { describe, expect, test } from 'vitest';
import { ApiServer, FluxAio, type FluxAioProps } from '../../../src';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { synth } from '../../support/synth';
import { cozystackFlux } from './support/cozystack-flux';
import { type Difference, differencesOf } from './support/differences';
import { fluxAio280, fluxAio280Crds } from './support/flux-aio-2.8.0';

/** An intended difference, and its reason. */
interface Meant extends Difference {
  readonly because: string;
}

const controllers = [
  'source-controller',
  'kustomize-controller',
  'helm-controller',
  'notification-controller',
  'source-watcher',
];
const pod = 'Deployment flux spec template spec';
const container = (name: string) => `${pod} containers ${name}`;

function ours(props: FluxAioProps): KubeObject[] {
  return synth((chart) => new FluxAio(chart, 'flux', { version: '2.8.0', ...props }));
}

function tolerated(keys: readonly string[], because: string): Meant[] {
  const [theirs, operator] = [undefined, 'Exists'];
  return keys.map((key) => ({ at: `${pod} tolerations ${key}`, theirs, ours: { key, operator }, because }));
}

const notTimoni: Meant = {
  at: `${container('kustomize-controller')} args --override-manager`,
  theirs: '=timoni',
  ours: '=eggtooth',
  because: 'Kustomizations take over the fields of whoever installed Flux, which is not timoni here',
};

const unreachable = {
  at: `${pod} tolerations node.kubernetes.io/unreachable`,
  ours: undefined,
  because: 'a node may be unreachable for more than 300 s because its network is what Flux has to restore',
};

const everyDomain = "the domain of a cluster can differ from cluster.local, and the resolver's search list has it";

const fromFluxAio: readonly Meant[] = [
  ...fluxAio280.map(({ kind, metadata }) => ({
    at: `${kind} ${metadata.name} metadata labels app.kubernetes.io/managed-by`,
    theirs: 'timoni',
    ours: undefined,
    because: 'timoni does not manage these objects, and eggtooth does not claim to',
  })),
  notTimoni,
  ...[
    { name: 'source-controller', host: 'flux' },
    { name: 'source-watcher', host: 'source-watcher' },
  ].map(({ name, host }) => ({
    at: `${container(name)} args --storage-adv-addr`,
    theirs: `=${host}.$(RUNTIME_NAMESPACE).svc.cluster.local.`,
    ours: `=${host}.$(RUNTIME_NAMESPACE).svc`,
    because: everyDomain,
  })),
  { ...unreachable, at: `${unreachable.at} effect`, theirs: 'NoExecute' },
  { ...unreachable, at: `${unreachable.at} tolerationSeconds`, theirs: 300 },
  ...tolerated(
    [
      'node.kubernetes.io/network-unavailable',
      'node.cilium.io/agent-not-ready',
      'node.cloudprovider.kubernetes.io/uninitialized',
      'node.cluster.x-k8s.io/uninitialized',
    ],
    'this taint disappears through the CNI or the cloud provider, which Flux installs',
  ),
  ...tolerated(
    [
      'node-role.kubernetes.io/control-plane',
      'node-role.kubernetes.io/master',
      'node-role.kubernetes.io/controlplane',
      'node-role.kubernetes.io/etcd',
      'CriticalAddonsOnly',
    ],
    'at first, the cluster can have only nodes of the control plane',
  ),
];

const fromCozystack: readonly Meant[] = [
  notTimoni,
  {
    at: `${container('source-watcher')} args --storage-adv-addr`,
    theirs: '=flux.$(RUNTIME_NAMESPACE).svc',
    ours: '=source-watcher.$(RUNTIME_NAMESPACE).svc',
    because: 'by this name, helm- and kustomize-controller recognize artifacts at SOURCE_WATCHER_LOCALHOST',
  },
  {
    at: 'Service flux',
    theirs: expect.objectContaining({ kind: 'Service' }),
    ours: undefined,
    because: 'it serves shards, controllers in other pods, which do not exist here',
  },
  ...controllers.map((name) => ({
    at: `${container(name)} env NO_PROXY value`,
    theirs: '.svc',
    ours: '.cluster.local.,.cluster.local,.svc,localhost',
    because: 'the address of the API server must not go through a proxy; the domain is the same as in flux-aio',
  })),
  ...tolerated(
    [
      'node.kubernetes.io/network-unavailable',
      'node.cluster.x-k8s.io/uninitialized',
      'node-role.kubernetes.io/control-plane',
      'node-role.kubernetes.io/master',
      'node-role.kubernetes.io/controlplane',
      'node-role.kubernetes.io/etcd',
      'CriticalAddonsOnly',
    ],
    'some clouds and CNIs remove the first two, and at first the cluster can have only nodes with the others',
  ),
];

const watcher = {
  concurrency: 20,
  resources: { requests: { cpu: '500m', memory: '64Mi' }, limits: { memory: '1Gi' } },
};

describe.each([
  { peer: 'flux-aio 2.8.0', theirs: fluxAio280, props: {}, meant: fromFluxAio },
  {
    peer: 'the Flux of Cozystack',
    theirs: cozystackFlux,
    props: {
      namespace: 'cozy-fluxcd',
      apiServer: ApiServer.fromUrl('https://localhost:7445'),
      options: { 'source-watcher': watcher },
    },
    meant: fromCozystack,
  },
])('FluxAio, compared with $peer,', ({ theirs, props, meant }) => {
  test('differs in exactly the fields that are listed with a reason', () => {
    const listed = meant.map(({ because: _, ...difference }) => difference);

    expect(differencesOf(theirs, ours(props)).toSorted(byPlace)).toEqual(listed.toSorted(byPlace));
  });
});

test('FluxCrds has the CRDs of flux-aio, except those of the image controllers, which neither of them runs', () => {
  const names = fluxCrds('2.8.0').map(({ metadata }) => metadata.name);

  expect(fluxAio280Crds).toHaveLength(15);
  expect(fluxAio280Crds.filter((name) => !names.includes(name))).toEqual(
    ['imagepolicies', 'imagerepositories', 'imageupdateautomations'].map((name) => `${name}.image.toolkit.fluxcd.io`),
  );
  expect(names.filter((name) => !fluxAio280Crds.includes(`${name}`))).toEqual([]);
});

function byPlace(one: Difference, other: Difference): number {
  return one.at < other.at ? -1 : 1;
}
