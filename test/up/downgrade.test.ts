import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { assertNoDowngrade } from '../../src/up/downgrade';
import { thrownBy } from '../support/errors';

const flux = (images: Readonly<Record<string, string>>, version?: string, managedFields?: unknown): KubeObject => {
  const labels = { 'app.kubernetes.io/part-of': 'flux', ...(version && { 'app.kubernetes.io/version': version }) };
  const containers = Object.entries(images).map(([name, image]) => ({ name, image }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'flux', namespace: 'flux', labels, ...(managedFields !== undefined && { managedFields }) },
    spec: { template: { spec: { containers } } },
  };
};
const source = (tag: string, version?: string, managedFields?: unknown) =>
  flux({ sc: `ghcr.io/fluxcd/source-controller${tag}` }, version, managedFields);
const DIGEST = `@sha256:${'a'.repeat(64)}`;
const setByEggtooth = [
  {
    manager: 'eggtooth',
    operation: 'Apply',
    fieldsV1: {
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"sc"}': { 'f:image': {} } } } } },
    },
  },
];

const crd = (versions: readonly string[], version?: string, group = 'source.toolkit.fluxcd.io'): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `eggs.${group}`, ...(version && { labels: { 'app.kubernetes.io/version': version } }) },
  spec: { group, versions: versions.map((name) => ({ name })) },
});

describe('a bundle is refused if the cluster has', () => {
  test.each<readonly [what: string, current: KubeObject, bundled: KubeObject, problem: string]>([
    ['a newer tag', source(':v1.10.1'), source(':v1.9.5'), 'runs source-controller v1.10.1, and the bundle has v1.9.5'],
    [
      'a newer tag with a digest',
      source(`:v1.9.6${DIGEST}`),
      source(`:v1.9.5${DIGEST}`),
      'runs source-controller v1.9.6',
    ],
    [
      'a newer tag of another registry',
      flux({ x: 'r.example:5000/a/source-controller:v2.0.0' }),
      source(':v1.9.5'),
      'v2.0.0',
    ],
    ['a release of the same candidate', source(':v1.9.5'), source(':v1.9.5-rc.1'), 'and the bundle has v1.9.5-rc.1'],
    [
      'one newer controller of several',
      flux({ s: 'f/source-controller:v1.9.5', h: 'f/helm-controller:v1.7.1' }),
      flux({ s: 'f/source-controller:v1.9.5', h: 'f/helm-controller:v1.6.4' }),
      'runs helm-controller v1.7.1',
    ],
    [
      'a newer label, and images without tags',
      source(DIGEST, 'v2.10.0', setByEggtooth),
      source(':v1.9.5', 'v2.9.5'),
      'is of Flux v2.10.0, and the bundle has v2.9.5',
    ],
    [
      'an image without a version that somebody else has set',
      source(DIGEST),
      source(':v1.9.5'),
      'which somebody else has set',
    ],
    ['a CRD with a newer label', crd(['v1'], 'v2.10.0'), crd(['v1'], 'v2.9.5'), 'is of Flux v2.10.0'],
    [
      'a CRD with a newer API version',
      crd(['v1', 'v1beta3']),
      crd(['v1beta3']),
      'serves v1, which the bundle does not know',
    ],
  ])('%s', (_, current, bundled, problem) => {
    const error = thrownBy(() => assertNoDowngrade([bundled], [{ object: bundled, current }], {}));

    expect(error.code).toBe('ERR_EGGTOOTH_DOWNGRADE');
    expect(error.message).toContain(problem);
    expect(error.fix).toContain('--allow-downgrade');
    expect(() => assertNoDowngrade([bundled], [{ object: bundled, current }], { allowDowngrade: true })).not.toThrow();
  });

  test('a CRD with a newer label than the Flux of the bundle, whose CRDs have none', () => {
    const [object, current] = [crd(['v1']), crd(['v1'], 'v2.10.0')];
    const error = thrownBy(() => assertNoDowngrade([source('', 'v2.9.5'), object], [{ object, current }], {}));

    expect(error.problem).toBe('is of Flux v2.10.0, and the bundle has v2.9.5');
  });

  test('several newer objects, which are all named', () => {
    const [bundled, current] = [source(':v1.9.5'), source(':v1.10.0')];
    const [object, served] = [crd(['v1beta1']), crd(['v1'])];
    const pairs = [
      { object: bundled, current },
      { object, current: served },
    ];
    const { message } = thrownBy(() => assertNoDowngrade([bundled, object], pairs, {}));

    expect(message).toContain('\n  Deployment flux/flux: runs source-controller v1.10.0');
    expect(message).toContain('\n  CustomResourceDefinition eggs.source.toolkit.fluxcd.io: serves v1');
  });
});

describe('a bundle is applied if the cluster has', () => {
  test.each<readonly [what: string, current: KubeObject, bundled: KubeObject]>([
    ['the same version', source(':v1.9.5', 'v2.9.5'), source(':v1.9.5', 'v2.9.5')],
    ['an older version', source(':v1.9.5', 'v2.9.5'), source(':v1.10.0', 'v2.10.0')],
    ['the same version from another registry', source(':v1.9.5'), flux({ sc: 'mirror/source-controller:v1.9.5' })],
    ['a tag of a typo that eggtooth has applied', source(':oops', undefined, setByEggtooth), source(':v1.9.5')],
    ['a newer image of something else', flux({ a: 'assets:v2.0.0' }), flux({ a: 'assets:v1.0.0' })],
    ['a CRD with API versions that the bundle has dropped', crd(['v1', 'v1beta2']), crd(['v1'])],
    ['a newer CRD of another project', crd(['v2'], 'v9.0.0', 'example.org'), crd(['v1'], 'v1.0.0', 'example.org')],
  ])('%s', (_, current, bundled) => {
    expect(() => assertNoDowngrade([bundled], [{ object: bundled, current }], {})).not.toThrow();
  });
});
