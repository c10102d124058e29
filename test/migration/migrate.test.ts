import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { withOldLabels } from '../../src/migration/migrate';

const namespace = (name: string, labels?: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(labels && { labels }) },
});

test('withOldLabels gives a Namespace of both bundles the labels of both, with the new value of a label that differs', () => {
  const old = [namespace('platform', { level: 'privileged', team: 'old' }), namespace('gone', { level: 'privileged' })];
  const next = [namespace('platform', { team: 'new' }), namespace('fresh')];

  expect(withOldLabels(old, next)).toEqual([
    namespace('platform', { level: 'privileged', team: 'new' }),
    namespace('fresh'),
  ]);
});

test('withOldLabels leaves an object of another kind unchanged, even if it has the name of a Namespace', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'platform', namespace: 'platform' } };

  expect(withOldLabels([namespace('platform', { level: 'privileged' })], [secret])).toEqual([secret]);
});
