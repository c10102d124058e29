import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { isManaged, MANAGED_BY, selects } from '../../src/kubernetes/labels';

function service(selector: unknown): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'any', namespace: 'any' }, spec: { selector } };
}

describe('selects', () => {
  test('requires every label of the selector', () => {
    expect(selects(service({ app: 'a', tier: 'b' }), { app: 'a', tier: 'b', more: 'c' })).toBe(true);
    expect(selects(service({ app: 'a', tier: 'b' }), { app: 'a' })).toBe(false);
    expect(selects(service({ app: 'a' }), { app: 'b' })).toBe(false);
  });

  test.each([undefined, null, {}])('selects nothing with the selector %j', (selector) => {
    expect(selects(service(selector), { app: 'a' })).toBe(false);
  });

  test.each([undefined, null, 'text'])('selects no pod with the labels %j', (labels) => {
    expect(selects(service({ app: 'a' }), labels)).toBe(false);
  });
});

test('isManaged recognizes what has the labels MANAGED_BY', () => {
  const { metadata, ...rest } = service({});

  expect(isManaged({ ...rest, metadata: { ...metadata, labels: { ...MANAGED_BY, other: 'label' } } })).toBe(true);
  expect(isManaged({ ...rest, metadata })).toBe(false);
});
