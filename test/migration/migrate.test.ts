import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { withOldLabels } from '../../src/migration/namespaces';

const namespace = (name: string, labels?: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(labels && { labels }) },
});

test('Namespaces of both bundles have the labels of both, and the new value of one that differs', () => {
  const old = [namespace('platform', { level: 'privileged', team: 'old' }), namespace('gone', { level: 'privileged' })];
  const next = [namespace('platform', { team: 'new' }), namespace('fresh')];

  expect(withOldLabels(old, next)).toEqual([
    namespace('platform', { level: 'privileged', team: 'new' }),
    namespace('fresh'),
  ]);
});

test('other objects are as they were, be they called like a Namespace', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'platform', namespace: 'platform' } };

  expect(withOldLabels([namespace('platform', { level: 'privileged' })], [secret])).toEqual([secret]);
});
