import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { releaseState } from '../../../src/up/links/release-state';

const wanted: KubeObject = {
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'cni', namespace: 'kube-system' },
};

/** A condition as helm-controller writes it. */
const condition = (type: string, status: string, reason: string, message: string, observedGeneration = 2) => ({
  ...{ type, status, reason, message, observedGeneration },
});

/** The HelmRelease in the cluster, at generation 2, with some conditions. */
function found(conditions: readonly object[], status: object = {}, spec: object = {}): KubeObject {
  const metadata = { ...wanted.metadata, ...{ generation: 2 } };
  return { ...wanted, metadata, spec, status: { conditions, ...status } };
}

const ready = condition('Ready', 'True', 'InstallSucceeded', 'Helm install succeeded');
const failed = (reason: string, message: string) => condition('Ready', 'False', reason, message);
const installing = [
  condition('Ready', 'Unknown', 'Progressing', "Running 'install' action with timeout of 15m0s"),
  condition('Reconciling', 'True', 'Progressing', "Running 'install' action with timeout of 15m0s"),
];
const late = failed('InstallFailed', 'Helm install failed: context deadline exceeded');

describe('releaseState of a release that nothing is missing of', () => {
  test('returns the version of its chart', () => {
    const status = { observedGeneration: 2, lastAttemptedRevision: '0.1.0' };

    expect(releaseState(wanted, found([ready], status))).toEqual({ revision: '0.1.0' });
  });

  test.each([
    ['Ready', [ready]],
    ['failed', [late]],
    ['never reconciled', []],
  ])('says that it is suspended: %s', (_, conditions) => {
    expect(releaseState(wanted, found(conditions, {}, { suspend: true }))).toEqual({ suspended: true });
  });
});

const retry = { strategy: { name: 'RetryOnFailure', retryInterval: '30s' } };

describe('releaseState of a release that is not Ready', () => {
  test.each<[string, KubeObject | undefined, string, object]>([
    ['is deleted', undefined, 'does not exist', {}],
    [
      'is being deleted',
      { ...found([ready]), metadata: { ...wanted.metadata, ...{ generation: 2, deletionTimestamp: 'now' } } },
      'is being deleted',
      {},
    ],
    ['is new', found([]), 'no helm-controller has reconciled it', { cause: 'controller' }],
    [
      'has changed',
      found([ready], { observedGeneration: 1 }),
      'helm-controller has not reconciled it since its last change',
      { cause: 'controller' },
    ],
    [
      'has changed while it is installed',
      found(installing.map((one) => ({ ...one, observedGeneration: 1 }))),
      "is being reconciled as it was before its last change (Running 'install' action with timeout of 15m0s)",
      { cause: 'pods' },
    ],
    [
      'has changed since it failed for good',
      found([condition('Stalled', 'True', 'RetriesExceeded', 'Failed', 1), { ...late, observedGeneration: 1 }]),
      'helm-controller has not reconciled it since its last change',
      { cause: 'controller' },
    ],
    [
      'is installed',
      found(installing),
      "is being installed (Running 'install' action with timeout of 15m0s)",
      { cause: 'pods' },
    ],
    [
      'is installed again',
      found(
        [...installing, condition('Released', 'False', 'InstallFailed', 'context deadline exceeded')],
        { failures: 2, lastAttemptedReleaseAction: 'install' },
        { install: retry },
      ),
      "is being installed (Running 'install' action with timeout of 15m0s); InstallFailed: context deadline exceeded (2 failed attempts, retried 30s after each)",
      { cause: 'pods' },
    ],
    [
      'has failed and is retried',
      found(
        [late, condition('Reconciling', 'True', 'ProgressingWithRetry', 'retrying after 30s')],
        { failures: 1, lastAttemptedReleaseAction: 'install' },
        { install: retry },
      ),
      'is not installed: InstallFailed: Helm install failed: context deadline exceeded (1 failed attempt, retried 30s after each)',
      { cause: 'pods' },
    ],
    [
      "has failed and is retried at helm-controller's interval",
      found(
        [failed('UpgradeFailed', 'late')],
        { failures: 3, lastAttemptedReleaseAction: 'upgrade' },
        { install: {}, upgrade: { strategy: { name: 'RetryOnFailure' } } },
      ),
      'is not installed: UpgradeFailed: late (3 failed attempts, retried 5m after each)',
      { cause: 'pods' },
    ],
    [
      'has failed and has attempts left',
      found(
        [late],
        { failures: 1, installFailures: 1, lastAttemptedReleaseAction: 'install' },
        { install: { remediation: { retries: 3 } } },
      ),
      'is not installed: InstallFailed: Helm install failed: context deadline exceeded (1 failed attempt, 3 left)',
      { cause: 'pods' },
    ],
    [
      'has failed and any number of attempts left',
      found(
        [late],
        { failures: 7, installFailures: 7, lastAttemptedReleaseAction: 'install' },
        { install: { remediation: { retries: -1 } } },
      ),
      'is not installed: InstallFailed: Helm install failed: context deadline exceeded (7 failed attempts, retried without limit)',
      { cause: 'pods' },
    ],
    [
      'waits for another',
      found([failed('DependencyNotReady', "dependency 'kube-system/crds' is not ready")]),
      "waits for another HelmRelease (dependency 'kube-system/crds' is not ready)",
      { cause: 'dependencies', request: 'again' },
    ],
    [
      'waits for its chart',
      found([failed('SourceNotReady', "HelmChart 'kube-system/kube-system-cni' is not ready")]),
      "is not installed: SourceNotReady: HelmChart 'kube-system/kube-system-cni' is not ready",
      { cause: 'source', request: 'again' },
    ],
    [
      'lacks its values',
      found([failed('ValuesError', "could not find ConfigMap 'kube-system/values'")]),
      "is not installed: ValuesError: could not find ConfigMap 'kube-system/values'",
      { request: 'again' },
    ],
  ])('that %s', (_, object, problem, rest) => {
    const { broken, ...state } = releaseState(wanted, object);

    expect(broken).toMatchObject({ object: { kind: 'HelmRelease', name: 'cni' }, problem });
    expect(broken?.final).toBeUndefined();
    expect(state).toEqual(rest);
  });

  test('says that waiting is of no use if helm-controller has given up', () => {
    const stalled = condition('Stalled', 'True', 'RetriesExceeded', 'Failed to install after 1 attempt(s)');

    const { broken, ...state } = releaseState(wanted, found([stalled, late]));

    expect(broken).toMatchObject({
      problem:
        'has failed, and helm-controller has given up (RetriesExceeded: Failed to install after 1 attempt(s)): InstallFailed: Helm install failed: context deadline exceeded',
      final: true,
    });
    expect(state).toEqual({ cause: 'pods', request: 'reset' });
  });

  test('shows messages on one line, without control characters', () => {
    const { broken } = releaseState(wanted, found([failed('Odd', 'a\u001b[2Jb\u202ec\r\n  fix: run d')]));

    expect(broken?.problem).toBe('is not installed: Odd: abc fix: run d');
  });
});
