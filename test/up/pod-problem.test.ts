import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { notReady } from '../../src/up/broken-link';
import { podProblem } from '../../src/up/pod-problem';
import { codeBlock } from '../support/code-block';

const pod = (status: object, spec: object = { nodeName: 'node-1' }, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'flux-assets-0', namespace: 'platform', ...metadata },
  spec,
  status,
});

const running = { state: { running: {} }, ready: true };
const container = (name: string, status: object) => ({ name, image: `${name}:1`, restartCount: 0, ...status });

describe('a pod that runs', () => {
  test.each([
    ['with one container', { containerStatuses: [container('a', running)] }],
    ['though it is not ready', { containerStatuses: [container('a', { ...running, ready: false })] }],
    [
      'after its init container',
      {
        initContainerStatuses: [container('i', { state: { terminated: { exitCode: 0 } }, ready: true })],
        containerStatuses: [container('a', running)],
      },
    ],
    [
      'after a crash',
      {
        containerStatuses: [
          container('a', { ...running, restartCount: 1, lastState: { terminated: { exitCode: 1 } } }),
        ],
      },
    ],
  ])('has no problem: %s', (_, status) => {
    expect(podProblem(pod({ phase: 'Running', ...status }))).toBeUndefined();
  });

  test('is looked at for the one container that matters, and for the init containers', () => {
    const crashing = container('b', { state: { waiting: { reason: 'CrashLoopBackOff' } } });
    const status = { phase: 'Running', containerStatuses: [container('a', running), crashing] };

    expect(podProblem(pod(status), 'a')).toBeUndefined();
    expect(podProblem(pod(status), 'b')?.problem).toContain('cannot start its container b (CrashLoopBackOff)');
    expect(podProblem(pod({ ...status, initContainerStatuses: [crashing] }), 'a')?.problem).toContain('container b');
  });
});

describe('a pod that does not run', () => {
  test.each<[string, KubeObject, string]>([
    ['nobody has scheduled', pod({ phase: 'Pending' }, {}), 'is not scheduled: no scheduler has looked at it'],
    [
      'no node takes',
      pod(
        {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1\n nodes' }],
        },
        {},
      ),
      'is not scheduled (Unschedulable): 0/1 nodes',
    ],
    ['the kubelet has not seen', pod({ phase: 'Pending' }), 'is scheduled to node-1 and has not started'],
    [
      'is starting',
      pod({
        phase: 'Pending',
        containerStatuses: [container('a', { state: { waiting: { reason: 'PodInitializing' } } })],
      }),
      'is starting its container a',
    ],
    [
      'cannot pull its image',
      pod({
        phase: 'Pending',
        containerStatuses: [
          container('a', { state: { waiting: { reason: 'ErrImagePull', message: 'no such\nhost' } } }),
        ],
      }),
      'has no image for its container a, a:1 (ErrImagePull: no such host)',
    ],
    [
      'has a name for an image that is none',
      pod({
        phase: 'Pending',
        containerStatuses: [container('a', { state: { waiting: { reason: 'InvalidImageName' } } })],
      }),
      'has no image for its container a, a:1 (InvalidImageName)',
    ],
    [
      'waits after a crash',
      pod({
        phase: 'Running',
        containerStatuses: [
          container('a', {
            restartCount: 7,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          }),
        ],
      }),
      'has a container that ends, a: exit code 137 (OOMKilled), restarted 7 times',
    ],
    [
      'has just crashed',
      pod({
        phase: 'Running',
        containerStatuses: [container('a', { state: { terminated: { exitCode: 0 } }, ready: false })],
      }),
      'has a container that ends, a: exit code 0 (Error), restarted 0 times',
    ],
    ['was evicted', pod({ phase: 'Failed', reason: 'Evicted', message: 'disk' }), 'has ended (Failed, Evicted: disk)'],
    [
      'is on its way out',
      pod({ phase: 'Running' }, { nodeName: 'node-1' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      'is being deleted',
    ],
  ])('says why: one that %s', (_, object, problem) => {
    const found = podProblem(object);

    expect(found?.problem).toBe(problem);
    expect(found?.fix).not.toBe('');
  });

  test('that is only said to be starting may be explained by events', () => {
    expect(podProblem(pod({ phase: 'Pending' }))?.starting).toBe(true);
    expect(podProblem(pod({ phase: 'Pending' }, {}))?.starting).toBeUndefined();
  });

  test('is told as docs/cli.md shows it', () => {
    const message = '0/1 nodes are available: 1 Insufficient memory.';
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    const problem = podProblem(pod({ phase: 'Pending', conditions }, {}));
    const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'platform', name: 'flux-assets-0' };
    const error = notReady({ object, problem: '', fix: '', ...problem }, 300_000);

    expect(`error: ${error.message}\n  code: ${error.code}\n`).toBe(codeBlock('docs/cli.md', 'not-ready'));
  });
});
