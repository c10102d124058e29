import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { goldenThroughService } from '../../support/golden';
import { type Broken, deployment, env, extended, patched, type Sound, withoutCni } from './broken';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

function withImage(image: unknown) {
  return deployment('any', { containers: [{ name: 'any', image }] });
}

const images: readonly [image: unknown, says: string, fix: string][] = [
  ['registry.example/any', 'has neither tag nor digest', 'registry.example/any:VERSION'],
  ['any', 'has neither tag nor digest', 'any@sha256:DIGEST'],
  ['registry.example:5000/any', 'has neither tag nor digest', 'registry.example:5000/any:VERSION'],
  ['[::1]:5000/any', 'has neither tag nor digest', '[::1]:5000/any:VERSION'],
  ['any:latest', 'has the tag latest', 'any:VERSION'],
  ['registry.example:5000/a/b:latest', 'has the tag latest', 'registry.example:5000/a/b:VERSION'],
  ...[
    '',
    ' any:1',
    'any:1 ',
    'Any:1',
    'registry.example/Any:1',
    'any:',
    'any:-1',
    `any:${'1'.repeat(129)}`,
    'https://registry.example/any:1',
    'registry.example/:1',
    'registry.example//any:1',
    'registry.example:port/any:1',
    'any@sha256:0123',
    `any@${digest.toUpperCase()}`,
    `any:1@${digest}0`,
    undefined,
    null,
    42,
  ].map((image): [unknown, string, string] => [
    image,
    'is not a valid image reference',
    'write [HOST[:PORT]/]NAME:TAG',
  ]),
];

const references: readonly Broken[] = images.map(([image, says, fix]) => ({
  rule: 'image-pinned',
  severity: 'warning',
  by: `the image ${JSON.stringify(image)}`,
  ...extended(withImage(image)),
  at: ['Deployment cozy-system/any'],
  field: 'spec.template.spec.containers[0].image',
  says: `the image ${JSON.stringify(image) ?? '(none)'} ${says}`,
  fix,
}));

const podSpec = { containers: [{ name: 'any', image: 'any' }] };
const metadata = { name: 'any', namespace: 'cozy-system' };
const workloads: readonly Broken[] = [
  { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec, path: 'spec' },
  { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { spec: podSpec } }, path: 'spec.template.spec' },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata,
    spec: { template: { spec: podSpec } },
    path: 'spec.template.spec',
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: { template: { spec: podSpec } },
    path: 'spec.template.spec',
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: { jobTemplate: { spec: { template: { spec: podSpec } } } },
    path: 'spec.jobTemplate.spec.template.spec',
  },
].map(({ path, ...object }) => ({
  rule: 'image-pinned',
  severity: 'warning',
  by: `an image without a tag in a ${object.kind}`,
  ...extended(object),
  at: [`${object.kind} cozy-system/any`],
  field: `${path}.containers[0].image`,
  says: 'the image "any" has neither tag nor digest',
  fix: 'pin it: any:VERSION',
}));

const pinned = { rule: 'image-pinned', fix: 'pin it: registry.example/any:VERSION' };
const latest = { image: 'registry.example/any:latest' };
const server = 'StatefulSet cozystack-assets';

/** Pods that the chain needs, with an image that can change at any time. */
const needed: readonly Broken[] = [
  {
    ...pinned,
    by: "the tag latest of the server's image",
    ...patched(server, JsonPatch.replace('/spec/template/spec/containers/0/image', latest.image)),
    at: ['StatefulSet cozy-system/cozystack-assets'],
    field: 'spec.template.spec.containers[0].image',
    says: 'has the tag latest',
  },
  {
    ...pinned,
    by: "the tag latest of the server's image behind a Service",
    objects: goldenThroughService().map((object) =>
      object.kind === 'StatefulSet'
        ? JsonPatch.apply(object, JsonPatch.replace('/spec/template/spec/containers/0/image', latest.image))
        : object,
    ),
    at: ['StatefulSet cozy-system/cozystack-assets'],
    field: 'spec.template.spec.containers[0].image',
    says: 'has the tag latest',
  },
  {
    ...pinned,
    by: 'the tag latest of Flux',
    ...extended(deployment('any', { ...withoutCni, containers: [{ name: 'source-controller', ...latest, env }] })),
    at: ['Deployment cozy-system/any'],
    field: 'spec.template.spec.containers[0].image',
    says: 'has the tag latest',
  },
  {
    ...pinned,
    by: 'the tag latest of a server that Flux reads on localhost',
    ...extended(
      deployment('any', { containers: [{ name: 'any', ...latest, ports: [{ containerPort: 9000 }] }] }),
      local('http://localhost:9000/charts'),
    ),
    at: ['Deployment cozy-system/any'],
    field: 'spec.template.spec.containers[0].image',
    says: 'has the tag latest',
  },
  {
    ...pinned,
    by: 'the tag latest of a renewal job',
    ...extended({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'any', namespace: 'cozy-system' },
      spec: { jobTemplate: { spec: { template: { spec: renewal() } } } },
    }),
    at: ['CronJob cozy-system/any'],
    field: 'spec.jobTemplate.spec.template.spec.containers[0].image',
    says: 'has the tag latest',
  },
];

function local(url: string): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: 'local', namespace: 'cozy-system' },
    spec: { url, interval: '5m0s' },
  };
}

function renewal(): object {
  const args = ['renew', '/etc/eggtooth/chain.yaml', '--require-policy=any'];
  return { containers: [{ name: 'eggtooth', ...latest, args }] };
}

/** Bundles with an image that is not pinned. */
export const brokenImages: readonly Broken[] = [
  ...references,
  ...workloads,
  ...needed,
  {
    rule: 'image-pinned',
    severity: 'warning',
    by: 'the tag latest of a pod beside a repository on localhost with another port',
    ...extended(
      deployment('any', { containers: [{ name: 'any', ...latest, ports: [{ containerPort: 9000 }] }] }),
      local('http://localhost:9001/charts'),
    ),
    at: ['Deployment cozy-system/any'],
    field: 'spec.template.spec.containers[0].image',
    says: 'has the tag latest',
    fix: 'pin it: registry.example/any:VERSION',
  },
  {
    rule: 'image-pinned',
    by: 'an image without a tag in an init container',
    ...patched(server, JsonPatch.add('/spec/template/spec/initContainers', [{ name: 'copy', image: 'any' }])),
    at: ['StatefulSet cozy-system/cozystack-assets'],
    field: 'spec.template.spec.initContainers[0].image',
    says: 'the image "any" has neither tag nor digest',
    fix: 'pin it: any:VERSION',
  },
];

/** Bundles with pinned images. */
export const soundImages: readonly Sound[] = [
  ...[
    'any:1',
    'any:v1.2.3-rc.1_x',
    'localhost:5000/any:1',
    'registry.example:5000/a/b_c/d__e/f--g:1',
    '[::1]:5000/any:1',
    `any@${digest}`,
    `any:latest@${digest}`,
    `registry.example:5000/any@${digest}`,
  ].map((image) => ({ with: `the image ${image}`, ...extended(withImage(image)) })),
  {
    with: 'a kind Job of another API group',
    ...extended({ apiVersion: 'batch.example.org/v1', kind: 'Job', metadata, spec: { template: { spec: podSpec } } }),
  },
];
