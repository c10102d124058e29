import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { isStuck } from '../../../src/up/links/replace-stuck-pods';

interface PodOptions {
  readonly name?: string;
  readonly revision?: string;
  readonly owner?: string;
  readonly conditions?: readonly object[];
  readonly deletionTimestamp?: string;
}

const START = '2026-03-01T12:00:00Z';
const LATER = '2026-03-01T12:10:00Z';
const condition = (type: string, status: string, lastTransitionTime = START) => ({ type, status, lastTransitionTime });
const neverReady = [condition('Initialized', 'True'), condition('Ready', 'False')];

function pod({
  name = 'assets-0',
  revision = 'assets-old',
  owner = 'u1',
  conditions = neverReady,
  ...rest
}: PodOptions) {
  const labels = { 'controller-revision-hash': revision };
  const metadata = {
    name,
    namespace: 'platform',
    labels,
    ownerReferences: [{ controller: true, uid: owner }],
    ...rest,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Pending', conditions } };
}

const statefulSet = (spec: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'assets', namespace: 'platform', ...{ uid: 'u1' } },
  spec,
  status: { updateRevision: 'assets-new' },
});

const partition = (value: number, start?: number) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: value } },
  ...(start !== undefined && { ordinals: { start } }),
});

describe('isStuck', () => {
  test.each<[string, PodOptions, object?]>([
    ['has no image', {}],
    ['is not scheduled', { conditions: [{ type: 'PodScheduled', status: 'False' }] }],
    ['has no status', { conditions: [] }],
    ['waits for its init containers', { conditions: [condition('Initialized', 'False'), condition('Ready', 'False')] }],
    ['crashes since its start', { conditions: [condition('Initialized', 'True'), condition('Ready', 'False')] }],
    [
      'crashes since its init containers are complete',
      { conditions: [condition('Initialized', 'True', LATER), condition('Ready', 'False')] },
    ],
    ['is not below the partition', { name: 'assets-2' }, partition(2)],
    ['is not below the partition of a StatefulSet that counts from 5', { name: 'assets-7' }, partition(2, 5)],
  ])('holds for an outdated pod that %s', (_, options, spec) => {
    expect(isStuck(pod(options), statefulSet(spec))).toBe(true);
  });

  test.each<[string, PodOptions, object?]>([
    ['is up to date', { revision: 'assets-new' }],
    ['is ready', { conditions: [condition('Initialized', 'True'), condition('Ready', 'True', LATER)] }],
    ['was ready before', { conditions: [condition('Initialized', 'True'), condition('Ready', 'False', LATER)] }],
    ['is being deleted', { deletionTimestamp: LATER }],
    ['is of another StatefulSet', { owner: 'u2' }],
    ['is below the partition', { name: 'assets-1' }, partition(2)],
    ['is below the partition of a StatefulSet that counts from 5', { name: 'assets-6' }, partition(2, 5)],
    ['is updated only when somebody deletes it', {}, { updateStrategy: { type: 'OnDelete' } }],
  ])('does not hold for a pod that %s', (_, options, spec) => {
    expect(isStuck(pod(options), statefulSet(spec))).toBe(false);
  });
});
