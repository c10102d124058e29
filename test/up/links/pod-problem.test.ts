import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { isPrintable } from '../../../src/kubernetes/printable';
import { notReady } from '../../../src/up/links/broken-link';
import { podProblem } from '../../../src/up/links/pod-problem';
import { UP_TIMEOUT } from '../../../src/up/until';
import { codeBlock } from '../../support/code-block';

const pod = (status: object, spec: object = { nodeName: 'node-1' }, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'flux-assets-0', namespace: 'platform', ...metadata },
  spec,
  status,
});

const running = { state: { running: {} }, ready: true };
const container = (name: string, status: object) => ({ name, image: `${name}:1`, restartCount: 0, ...status });

test.each<readonly [string, object]>([
  ['a condition', { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'R\u009b8m', message: 'EVIL' }] }],
  ['the end of a pod', { phase: 'Failed', reason: 'R\u001b[8m', message: 'EVIL' }],
  ['a container', { containerStatuses: [container('a', { state: { waiting: { reason: 'Odd', message: 'EVIL' } } })] }],
  [
    'an image',
    { containerStatuses: [container('a', { state: { waiting: { reason: 'ErrImagePull', message: 'EVIL' } } })] },
  ],
])('podProblem shows the message of %s on one line, without control characters', (what, status) => {
  const evil = JSON.stringify('a\u001b[2Jb\u202ec\r\n  fix: run d').slice(1, -1);

  const problem =
    podProblem(
      pod(
        JSON.parse(JSON.stringify(status).replace('EVIL', evil)),
        what === 'a condition' ? {} : { nodeName: 'node-1' },
      ),
    )?.problem ?? '';

  expect(problem).toContain('abc fix: run d');
  expect(problem.includes('\n') || !isPrintable(problem)).toBe(false);
});

describe('podProblem of a pod that runs', () => {
  test.each([
    ['with one container', { containerStatuses: [container('a', running)] }],
    ['that is not ready', { containerStatuses: [container('a', { ...running, ready: false })] }],
    [
      'with a completed init container',
      {
        initContainerStatuses: [container('i', { state: { terminated: { exitCode: 0 } }, ready: true })],
        containerStatuses: [container('a', running)],
      },
    ],
    [
      'that has crashed before',
      {
        containerStatuses: [
          container('a', { ...running, restartCount: 1, lastState: { terminated: { exitCode: 1 } } }),
        ],
      },
    ],
  ])('returns undefined: %s', (_, status) => {
    expect(podProblem(pod({ phase: 'Running', ...status }))).toBeUndefined();
  });

  test('considers only the given container, and the init containers', () => {
    const crashing = container('b', { state: { waiting: { reason: 'CrashLoopBackOff' } } });
    const status = { phase: 'Running', containerStatuses: [container('a', running), crashing] };

    expect(podProblem(pod(status), 'a')).toBeUndefined();
    expect(podProblem(pod(status), 'b')?.problem).toContain('cannot start container b (CrashLoopBackOff)');
    expect(podProblem(pod({ ...status, initContainerStatuses: [crashing] }), 'a')?.problem).toContain('container b');
  });
});

describe('podProblem of a pod that does not run', () => {
  test.each<[string, KubeObject, string]>([
    ['is not scheduled', pod({ phase: 'Pending' }, {}), 'is not scheduled: no scheduler has processed it'],
    [
      'fits no node',
      pod(
        {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1\n nodes' }],
        },
        {},
      ),
      'is not scheduled (Unschedulable): 0/1 nodes',
    ],
    ['no kubelet has started', pod({ phase: 'Pending' }), 'is scheduled to node-1 but has not started'],
    [
      'is starting',
      pod({
        phase: 'Pending',
        containerStatuses: [container('a', { state: { waiting: { reason: 'PodInitializing' } } })],
      }),
      'is starting container a',
    ],
    [
      'cannot pull its image',
      pod({
        phase: 'Pending',
        containerStatuses: [
          container('a', { state: { waiting: { reason: 'ErrImagePull', message: 'no such\nhost' } } }),
        ],
      }),
      'has no image for container a, a:1 (ErrImagePull: no such host)',
    ],
    [
      'has an invalid image name',
      pod({
        phase: 'Pending',
        containerStatuses: [container('a', { state: { waiting: { reason: 'InvalidImageName' } } })],
      }),
      'has no image for container a, a:1 (InvalidImageName)',
    ],
    [
      'waits to restart a container',
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
      'has a container that exits, a: exit code 137 (OOMKilled), 7 restarts',
    ],
    [
      'has a container that has just exited',
      pod({
        phase: 'Running',
        containerStatuses: [container('a', { state: { terminated: { exitCode: 0 } }, ready: false })],
      }),
      'has a container that exits, a: exit code 0 (Error), 0 restarts',
    ],
    ['was evicted', pod({ phase: 'Failed', reason: 'Evicted', message: 'disk' }), 'has ended (Failed, Evicted: disk)'],
    [
      'is being deleted',
      pod({ phase: 'Running' }, { nodeName: 'node-1' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      'is being deleted',
    ],
  ])('returns the reason and a fix: one that %s', (_, object, problem) => {
    const found = podProblem(object);

    expect(found?.problem).toBe(problem);
    expect(found?.fix).toMatch(/\w/);
  });

  test('returns that the pod is starting where events may say more', () => {
    expect(podProblem(pod({ phase: 'Pending' }))?.starting).toBe(true);
    expect(podProblem(pod({ phase: 'Pending' }, {}))?.starting).toBeUndefined();
  });

  test('makes the error that docs/cli.md shows', () => {
    const message = '0/1 nodes are available: 1 Insufficient memory.';
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    const problem = podProblem(pod({ phase: 'Pending', conditions }, {}));
    const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'platform', name: 'flux-assets-0' };
    const error = notReady({ object, problem: '', fix: '', ...problem }, { timeout: UP_TIMEOUT, elapsed: 0 });

    expect(`error: ${error.message}\n  code: ${error.code}\n`).toBe(codeBlock('docs/cli.md', 'not-ready'));
  });
});
