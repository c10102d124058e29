import { JsonPatch } from 'cdk8s';
import { type Broken, deployment, extended, patched, type Sound } from './broken';

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

const references = images.map(([image, says, fix]) => ({
  rule: 'image-pinned',
  by: `the image ${JSON.stringify(image)}`,
  ...extended(withImage(image)),
  at: ['Deployment cozy-system/any'],
  field: 'spec.template.spec.containers[0].image',
  says: `the image ${JSON.stringify(image) ?? '(none)'} ${says}`,
  fix,
}));

const podSpec = { containers: [{ name: 'any', image: 'any' }] };
const metadata = { name: 'any', namespace: 'cozy-system' };
const workloads = [
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
  by: `an image without a tag in a ${object.kind}`,
  ...extended(object),
  at: [`${object.kind} cozy-system/any`],
  field: `${path}.containers[0].image`,
  says: 'the image "any" has neither tag nor digest',
  fix: 'pin it: any:VERSION',
}));

/** Bundles with an image that is not pinned. */
export const brokenImages: readonly Broken[] = [
  ...references,
  ...workloads,
  {
    rule: 'image-pinned',
    by: 'an image without a tag in an init container',
    ...patched(
      'StatefulSet cozystack-assets',
      JsonPatch.add('/spec/template/spec/initContainers', [{ name: 'copy', image: 'any' }]),
    ),
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
