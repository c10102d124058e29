import { describe, expect, test } from 'vitest';
import { ApiServer, FluxAio, type FluxAioProps } from '../../../src';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { synth } from '../../support/synth';
import { cozystackFlux } from './support/cozystack-flux';
import { type Difference, differencesOf } from './support/differences';
import { fluxAio280, fluxAio280Crds } from './support/flux-aio-2.8.0';

/** A difference that is meant, and why it is there. */
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
  because: 'Kustomizations are to take over what the one who installed Flux applied, and that is not timoni',
};

const unreachable = {
  at: `${pod} tolerations node.kubernetes.io/unreachable`,
  ours: undefined,
  because: 'a node that was cut off for more than 300 s may be one whose network Flux has to bring back',
};

const everyDomain = "a cluster may have another domain than cluster.local, and the resolver's search list knows which";

const fromFluxAio: readonly Meant[] = [
  ...fluxAio280.map(({ kind, metadata }) => ({
    at: `${kind} ${metadata.name} metadata labels app.kubernetes.io/managed-by`,
    theirs: 'timoni',
    ours: undefined,
    because: 'it is not timoni that manages these objects, and another label would be one more thing to keep true',
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
    ],
    'the CNI or the cloud provider that takes this taint away is what Flux is to install',
  ),
  ...tolerated(
    ['node-role.kubernetes.io/control-plane'],
    'at first there may be no other node than one of the control plane',
  ),
];

const fromCozystack: readonly Meant[] = [
  notTimoni,
  {
    at: `${container('source-watcher')} args --storage-adv-addr`,
    theirs: '=flux.$(RUNTIME_NAMESPACE).svc',
    ours: '=source-watcher.$(RUNTIME_NAMESPACE).svc',
    because: 'by this name helm- and kustomize-controller know that the artifact is at SOURCE_WATCHER_LOCALHOST',
  },
  {
    at: 'Service flux',
    theirs: expect.objectContaining({ kind: 'Service' }),
    ours: undefined,
    because: 'it serves controllers in other pods, shards, and there are none here',
  },
  ...controllers.map((name) => ({
    at: `${container(name)} env NO_PROXY value`,
    theirs: '.svc',
    ours: '.cluster.local.,.cluster.local,.svc,localhost',
    because:
      "the API server's own address must not go through a proxy; the domain is there as in flux-aio, and harmless",
  })),
  ...tolerated(
    ['node.kubernetes.io/network-unavailable', 'node-role.kubernetes.io/control-plane'],
    'some clouds and CNIs take the first away, and at first there may be no other node than the second',
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
])('FluxAio, field by field against $peer', ({ theirs, props, meant }) => {
  test('differs in nothing but what is listed with its reason, and in all of that', () => {
    const listed = meant.map(({ because: _, ...difference }) => difference);

    expect(differencesOf(theirs, ours(props)).toSorted(byPlace)).toEqual(listed.toSorted(byPlace));
  });
});

test('The CRDs beside it are those of flux-aio, but for the image controllers, which neither of them runs', () => {
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
