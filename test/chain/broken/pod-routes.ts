import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { goldenObjects } from '../../support/golden';
import { type Broken, deployment, patched, type Sound } from './broken';

const label = 'StatefulSet cozystack-assets';
const server = { rule: 'pod-route', at: ['StatefulSet cozy-system/cozystack-assets'] };

/** The golden bundle with a route to another pod. */
function readingFrom(pod: string, ...patches: JsonPatch[]): KubeObject[] {
  const text = JSON.stringify(goldenObjects()).replaceAll('cozystack-assets-0', pod);
  const objects: KubeObject[] = JSON.parse(text);
  return objects.map((object) => (object.kind === 'StatefulSet' ? JsonPatch.apply(object, ...patches) : object));
}

function replicas(count: number): JsonPatch {
  return JsonPatch.replace('/spec/replicas', count);
}

function starting(start: number): JsonPatch {
  return JsonPatch.add('/spec/ordinals', { start });
}

function withoutServer(...others: KubeObject[]): KubeObject[] {
  return [...goldenObjects().filter(({ kind }) => kind !== 'StatefulSet'), ...others];
}

const random = deployment('cozystack-assets', {});
const wrongPods: readonly [by: string, objects: readonly KubeObject[], field: string, says: string][] = [
  [
    'the second pod of one',
    readingFrom('cozystack-assets-1'),
    'spec.replicas',
    'creates cozystack-assets-0, and /api/v1/',
  ],
  [
    'the third pod of two',
    readingFrom('cozystack-assets-2', replicas(2)),
    'spec.replicas',
    'creates cozystack-assets-0 to cozystack-assets-1',
  ],
  [
    'a pod of a StatefulSet without replicas',
    readingFrom('cozystack-assets-0', replicas(0)),
    'spec.replicas',
    'creates no pod',
  ],
  [
    'the first pod of ordinals from 1',
    readingFrom('cozystack-assets-0', starting(1)),
    'spec.ordinals.start',
    'creates cozystack-assets-1',
  ],
  ['a pod with a leading zero', readingFrom('cozystack-assets-00'), 'spec.replicas', 'leads to cozystack-assets-00'],
];

/** Bundles with a route to a pod that nothing creates. */
export const brokenPodRoutes: readonly Broken[] = [
  ...wrongPods.map(([by, objects, field, says]) => ({
    ...server,
    by: `a route to ${by}`,
    objects,
    field,
    says,
    fix: 'let the URL and the Role name a pod that it creates',
  })),
  {
    ...server,
    by: 'a selector that the pods do not match',
    ...patched(label, JsonPatch.replace('/spec/selector/matchLabels/app', 'other')),
    field: 'spec.selector.matchLabels',
    says: 'selects app=other, which its pods do not have',
    fix: 'select labels of spec.template.metadata.labels',
  },
  {
    rule: 'pod-route',
    by: 'a Deployment in place of the StatefulSet',
    objects: withoutServer(random),
    at: ['Deployment cozy-system/cozystack-assets'],
    field: 'kind',
    says: 'leads to the pod cozystack-assets-0, and a Deployment gives its pods random names',
    fix: 'make it a StatefulSet, or read through a Service',
  },
];

/** Bundles with a route to a pod that exists. */
export const soundPodRoutes: readonly Sound[] = [
  { with: 'a route to the second pod of two', objects: readingFrom('cozystack-assets-1', replicas(2)) },
  { with: 'a route to a pod of ordinals from 5', objects: readingFrom('cozystack-assets-6', replicas(2), starting(5)) },
  {
    with: 'a route to the pod of a StatefulSet without a number of replicas',
    objects: readingFrom('cozystack-assets-0', JsonPatch.remove('/spec/replicas')),
  },
  { with: 'a route to a pod that is not in the bundle', objects: withoutServer() },
  {
    with: 'a route to a bare Pod beside a Deployment of that name',
    objects: withoutServer(random, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'cozystack-assets-0', namespace: 'cozy-system' },
      spec: { hostNetwork: true, containers: [] },
    }),
  },
];
