import { describe, expect, test } from 'vitest';
import { kubectlFieldsOf, takenOver, withoutKubectl } from '../../src/cluster/kubectl-fields';
import { fieldsBeyond, isSameManifest, lastAppliedOf } from '../../src/cluster/last-applied';
import type { KubeObject } from '../../src/kubernetes/kube-object';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const configMap = (data: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'default', ...metadata },
  data,
});
const annotated = (text: string) => configMap({}, { annotations: { [LAST_APPLIED]: text } });

test.each(['', 'no JSON', '[]', '"a"', 'null', '{"kind":"ConfigMap"}', '{"kind":"ConfigMap","metadata":[]}'])(
  'lastAppliedOf finds no manifest in the annotation %j',
  (text) => {
    expect(lastAppliedOf(annotated(text))).toBeUndefined();
  },
);

describe('isSameManifest', () => {
  test.each<readonly [what: string, one: KubeObject, other: KubeObject]>([
    ['the namespace of the context', configMap({ a: 'b' }, { namespace: undefined }), configMap({ a: 'b' })],
    [
      'empty maps and nulls',
      configMap({ a: 'b' }, { annotations: {}, creationTimestamp: null }),
      configMap({ a: 'b' }),
    ],
    ['the label of the bundle', configMap({}, { labels: { 'eggtooth.dev/bundle': 'x' } }), configMap({})],
  ])('ignores %s', (_, one, other) => {
    expect(isSameManifest(one, other)).toBe(true);
  });

  test.each<readonly [what: string, one: KubeObject]>([
    ['a value', configMap({ a: 'c' })],
    ['a field more', configMap({ a: 'b', c: 'd' })],
    ['a field less', configMap({})],
    ['another label', configMap({ a: 'b' }, { labels: { team: 'x' } })],
  ])('notices %s', (_, one) => {
    expect(isSameManifest(one, configMap({ a: 'b' }))).toBe(false);
  });
});

test('fieldsBeyond names what only one manifest states, and the cluster still has', () => {
  const live = configMap({ a: '1', b: '2' }, { labels: { team: 'x' } });

  expect(
    fieldsBeyond(configMap({ a: '1', b: '2', gone: '3' }, { labels: { team: 'x' } }), configMap({ a: '1' }), live),
  ).toEqual(['.data.b', '.metadata.labels.team']);
});

describe('what kubectl owns of an object', () => {
  const entry = (manager: string, operation: 'Apply' | 'Update', fields: object, extra: object = {}) => ({
    manager,
    operation,
    apiVersion: 'v1',
    fieldsV1: fields,
    ...extra,
  });
  const manifest = { 'f:metadata': { 'f:annotations': { [`f:${LAST_APPLIED}`]: {} } } };
  const current = (...managedFields: readonly object[]) => {
    const labels = { 'eggtooth.dev/bundle': 'x' };
    const applied = JSON.stringify(configMap({ a: '1', b: '2' }, { labels }));
    return configMap({ a: '1', b: '2' }, { labels, annotations: { [LAST_APPLIED]: applied }, managedFields });
  };
  const ours = configMap({ a: '1' }, { labels: { 'eggtooth.dev/bundle': 'x' } });

  test.each([
    ['kubectl-edit, which a person used', entry('kubectl-edit', 'Update', manifest)],
    ['kubectl-patch', entry('kubectl-patch', 'Update', { 'f:data': { 'f:b': {} } })],
    ['helm', entry('helm', 'Update', { 'f:data': { 'f:b': {} } })],
    ['kustomize-controller', entry('kustomize-controller', 'Apply', { 'f:data': { 'f:b': {} } })],
    ['Terraform', entry('Terraform', 'Apply', { 'f:data': { 'f:b': {} } })],
    ['kubectl for a subresource', entry('kubectl-client-side-apply', 'Update', {}, { subresource: 'status' })],
  ])('is not that of %s', (_, one) => {
    expect(kubectlFieldsOf(ours, current(one))).toBeUndefined();
  });

  test('is not taken from kubectl apply --server-side of something else than the bundle', () => {
    const fields = kubectlFieldsOf(ours, current(entry('kubectl', 'Apply', { 'f:data': { 'f:b': {} } })));
    expect(fields).toMatchObject({ ofBundle: [], all: ['kubectl'] });
    expect(fields && takenOver(ours, fields, false)).toEqual([]);
    expect(fields && takenOver(ours, fields, true)).toEqual(['kubectl']);
  });

  test('is merged into that of eggtooth, if it has the same API version', () => {
    const applied = current(
      entry('eggtooth', 'Apply', { 'f:data': { '.': {}, 'f:a': {} } }),
      entry('kubectl-client-side-apply', 'Update', { 'f:data': { 'f:b': {} }, ...manifest }),
      entry('kubectl-client-side-apply', 'Update', { 'f:data': { 'f:old': {} } }, { apiVersion: 'v0' }),
      entry('helm', 'Update', { 'f:data': { 'f:c': {} } }),
    );

    expect(withoutKubectl(applied, ['kubectl-client-side-apply'])).toEqual([
      entry('eggtooth', 'Apply', { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} }, ...manifest }),
      entry('helm', 'Update', { 'f:data': { 'f:c': {} } }),
    ]);
    expect(withoutKubectl(applied, [])).toBeUndefined();
  });
});
