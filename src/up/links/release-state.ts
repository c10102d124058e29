import { conditionOf, readinessOf } from '../../kubernetes/conditions';
import { fieldAt, lineAt, stringAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import type { BrokenLink } from './broken-link';
import type { RequestKind } from './reconcile-requests';

/** How far helm-controller is with a HelmRelease. */
export interface ReleaseState {
  /** What is missing. Absent if the release is Ready or suspended. */
  readonly broken?: BrokenLink;
  /** What may be the cause: helm-controller itself, the source, another release, or the pods of the release. */
  readonly cause?: 'controller' | 'source' | 'dependencies' | 'pods';
  /** The reconcile request that helps, because helm-controller waits longer and longer, or has given up. */
  readonly request?: RequestKind;
  /** Whether nothing reconciles the release. */
  readonly suspended?: boolean;
  /** Version of the chart that is installed (`status.lastAttemptedRevision`). */
  readonly revision?: string;
}

const RUN_AGAIN = 'find out what deletes it, then run again';
const READ_LOG = 'check that helm-controller runs, and read its log';

/**
 * Judges a HelmRelease of the cluster.
 * @param wanted - the release, as in the bundle
 * @param found - the same in the cluster
 */
export function releaseState(wanted: KubeObject, found: KubeObject | undefined): ReleaseState {
  const object = referenceTo(wanted);
  const broken = (problem: string, fix: string): BrokenLink => ({ object, problem, fix });
  if (found === undefined) return { broken: broken('does not exist', RUN_AGAIN) };
  if (fieldAt(found, 'metadata', 'deletionTimestamp') !== undefined) {
    return { broken: broken('is being deleted', RUN_AGAIN) };
  }
  if (fieldAt(found, 'spec', 'suspend') === true) return { suspended: true };
  const [ready, reconciling] = [readinessOf(found), conditionOf(found, 'Reconciling')];
  if (ready?.status === 'True' && ready.isCurrent) {
    return { revision: stringAt(found, 'status', 'lastAttemptedRevision') };
  }
  const stalled = conditionOf(found, 'Stalled');
  const generation = fieldAt(found, 'metadata', 'generation');
  if (stalled?.status === 'True' && stalled.observedGeneration === generation) {
    const { reason = '', message = '' } = ready ?? {};
    return {
      broken: {
        ...broken(
          `has failed, and helm-controller has given up (${stalled.reason}: ${stalled.message}): ${reason}: ${message}`,
          'fix the cause and run again, which resets the release; set the strategy RetryOnFailure in spec.install and spec.upgrade so that helm-controller does not give up',
        ),
        final: true,
      },
      cause: 'pods',
      request: 'reset',
    };
  }
  if (ready === undefined && reconciling === undefined) {
    return {
      broken: broken(
        'no helm-controller has reconciled it',
        'install helm-controller; if it is installed, read its log',
      ),
      cause: 'controller',
    };
  }
  const isBusy = reconciling?.status === 'True' && reconciling.reason === 'Progressing';
  const isCurrent = ready?.isCurrent ?? reconciling?.observedGeneration === generation;
  if (!isCurrent) {
    return isBusy
      ? {
          broken: broken(`is being reconciled as it was before its last change (${reconciling.message})`, READ_LOG),
          cause: 'pods',
        }
      : {
          broken: broken('helm-controller has not reconciled it since its last change', READ_LOG),
          cause: 'controller',
        };
  }
  if (ready === undefined || ready.status !== 'False')
    return { broken: broken(progress(found), READ_LOG), cause: 'pods' };
  return failedState(found, { ...ready, broken });
}

/** Reasons of the condition Ready after an action of Helm that failed. */
const FAILED_ACTION = /^(Install|Upgrade|Test|Rollback|Uninstall)Failed$/;

function failedState(
  found: KubeObject,
  {
    reason,
    message,
    broken,
  }: { reason: string; message: string; broken: (problem: string, fix: string) => BrokenLink },
): ReleaseState {
  const why = `${reason}: ${message}`;
  if (reason === 'DependencyNotReady') {
    const waits = broken(`waits for another HelmRelease (${message})`, 'fix that release, or spec.dependsOn');
    return { broken: { ...waits, consequence: true }, cause: 'dependencies', request: 'again' };
  }
  if (FAILED_ACTION.test(reason)) {
    return {
      broken: broken(`is not installed: ${why}${attempts(found)}`, 'fix what the message names'),
      cause: 'pods',
    };
  }
  const failed = broken(`is not installed: ${why}`, 'fix what the message names, then run again');
  if (/^(SourceNotReady|ArtifactFailed|AccessDenied)$/.test(reason))
    return { broken: failed, cause: 'source', request: 'again' };
  return { broken: failed, request: 'again' };
}

/** What helm-controller does now, and why it failed before. */
function progress(found: KubeObject): string {
  const [ready, reconciling, released] = ['Ready', 'Reconciling', 'Released'].map((type) => conditionOf(found, type));
  const now = reconciling?.message || ready?.message || 'Progressing';
  const before = released?.status === 'False' ? `; ${released.reason}: ${released.message}${attempts(found)}` : '';
  return `is being installed (${now})${before}`;
}

/** How many attempts have failed, and when the next comes or how many are left. */
function attempts(found: KubeObject): string {
  const action = stringAt(found, 'status', 'lastAttemptedReleaseAction') ?? 'install';
  const [spec, count] = [
    fieldAt(found, 'spec', action),
    (field: string) => Number(fieldAt(found, 'status', field) ?? 0),
  ];
  const failures = count('failures');
  const failed = `${failures} failed attempt${failures === 1 ? '' : 's'}`;
  if (stringAt(spec, 'strategy', 'name') === 'RetryOnFailure') {
    return ` (${failed}, retried ${lineAt(spec, 'strategy', 'retryInterval') ?? '5m'} after each)`;
  }
  // Only attempts that Helm has stored count.
  const left = Number(fieldAt(spec, 'remediation', 'retries') ?? 0) + 1 - count(`${action}Failures`);
  return ` (${failed}, ${Number(fieldAt(spec, 'remediation', 'retries')) < 0 ? 'retried without limit' : `${Math.max(0, left)} left`})`;
}
