import { JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { printFinding } from '../../src/chain/finding';
import { check } from '../../src/chain/rules/check';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import {
  goldenEndpoint,
  goldenObjects,
  goldenRoute,
  goldenThroughService,
  goldenWith,
  labelOf,
} from '../support/golden';
import { affinity, deployment } from './broken/broken';
import { by, release } from './broken/release';
import { generator } from './broken/release-sources';
import { flux } from './broken/releases';

const oddValues: unknown[] = [null, 42, true, '', 'text', '\ud800', [], [null], ['text'], [[]], {}, { a: null }];

/** The path of every field of an object, except those that every object must have. */
function fieldsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  const fields = Object.entries(value).flatMap(([key, child]) => [[...path, key], ...fieldsOf(child, [...path, key])]);
  return fields.filter((field) => !['apiVersion', 'kind', 'metadata'].includes(field.join('.')));
}

/** A copy with another value in one field; `undefined` removes the field. */
function withField(value: unknown, [key = '', ...rest]: readonly string[], field: unknown): unknown {
  const copy: Record<string, unknown> = Array.isArray(value) ? Object.assign([], value) : { ...Object(value) };
  const child = rest.length === 0 ? field : withField(copy[key], rest, field);
  if (child === undefined && !Array.isArray(copy)) delete copy[key];
  else copy[key] = child;
  return copy;
}

/** Workloads and HelmReleases, for the rules that need no route. */
function releasesAndWorkloads(): KubeObject[] {
  return [
    flux({ name: 'helm-controller', args: ['--no-cross-namespace-refs'] }),
    deployment('any', { nodeSelector: { disk: 'ssd' } }, {}),
    deployment('other', affinity('disk', 'In', 'hdd')),
    generator({ artifacts: [{ name: 'network' }] }),
    release('first', { releaseName: 'network', targetNamespace: 'default', storageNamespace: 'default' }),
    release('second', { ...by({ kind: 'ExternalArtifact', name: 'network' }), dependsOn: [{ name: 'first' }] }),
  ];
}

const bundles = [
  { what: 'a chain through a pod', bundle: goldenObjects },
  { what: 'a chain through a Service', bundle: goldenThroughService },
  { what: 'workloads and HelmReleases', bundle: releasesAndWorkloads },
];

describe.each(bundles)('check never throws on $what', ({ bundle }) => {
  test.each(bundle().map((object, index) => ({ label: labelOf(object), index })))(
    'whatever value a field of $label has',
    ({ index }) => {
      for (const field of fieldsOf(bundle()[index])) {
        for (const odd of [undefined, ...oddValues]) {
          const objects = bundle();
          objects[index] = withField(objects[index], field, odd) as KubeObject;

          const printed = () => check(Chain.fromObjects(objects)).map(printFinding);

          expect(printed, `${field.join('.')}: ${JSON.stringify(odd)}`).not.toThrow();
        }
      }
    },
  );
});

test.each([
  `${goldenEndpoint}${goldenRoute}/half\ud800`,
  `${goldenEndpoint}${goldenRoute}/100%`,
  `${goldenEndpoint}${goldenRoute}\n`,
  '/namespaces//pods/',
  '://namespaces/a/services/b',
  'https://[/namespaces/a/pods/b',
  'https://@:@/api/@/namespaces/a/pods/b',
])('check reports an odd URL as one finding: %j', (url) => {
  const objects = goldenWith('HelmRepository cozystack-apps', JsonPatch.replace('/spec/url', url));

  expect(check(Chain.fromObjects(objects))).toMatchObject([{ rule: 'url', field: 'spec.url' }]);
});

test.each([42, null, 'text', { 'eggtooth.dev/certificate-authority': 42 }])(
  'check never throws on odd annotations: %j',
  (annotations) => {
    const objects = goldenWith('HelmRepository cozystack-apps', JsonPatch.add('/metadata/annotations', annotations));

    expect(() => check(Chain.fromObjects(objects))).not.toThrow();
  },
);
