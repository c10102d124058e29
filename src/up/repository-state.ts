import { type Condition, conditionOf } from '../kubernetes/conditions';
import { fieldAt, stringAt } from '../kubernetes/fields';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import { type ReconcileRequest, reconcileRequestOf } from '../signing/flux/reconcile-request';
import type { BrokenLink } from './broken-link';
import { explain } from './explain';

/** Where Flux stands with a repository. */
export interface RepositoryState {
  /** What is missing; absent if Flux has read it. */
  readonly broken?: BrokenLink;
  /**
   * Whether Flux has to be asked: it has failed, or has not looked since the certificate came. `once` where it may have
   * used a connection that it had opened with another certificate: it keeps that for 60 s after each use.
   */
  readonly reconcile?: 'once' | 'again';
  /** Whether Flux owes an answer: it has not looked at the object, or not since it was asked. */
  readonly waiting: boolean;
  /** status.artifact.revision */
  readonly revision?: string;
}

/** How long source-controller may take to look, in milliseconds. */
const PROMPT = 15_000;

/**
 * Tells where Flux stands with a HelmRepository or OCIRepository, as its status says.
 * @param since - what Flux was asked before this moment does not count
 */
export function repositoryState(object: KubeObject, since?: Date, now = new Date()): RepositoryState {
  const request = reconcileRequestOf(object);
  const requested = request.requestedAt;
  const ready = conditionOf(object, 'Ready');
  const broken = (problem: string, fix: string) => ({ object: referenceTo(object), problem, fix });
  const waiting = (problem: string, fix: string) => ({ broken: broken(problem, fix), waiting: true });

  if (ready === undefined) return waiting('no source-controller has looked at it', INSTALL);
  const { meaning, fix } = explain(`${ready.reason}: ${ready.message}`);
  const failed = `Flux cannot read it: ${meaning}`;
  if (!isAnswered(object, ready, request)) {
    const overdue = now.getTime() - Date.parse(requested ?? '') > PROMPT;
    if (ready.status === 'False' && !overdue) return waiting(failed, fix);
    return waiting(
      `source-controller has not looked at it again${requested === undefined ? '' : ` since ${requested}`}`,
      RUNS,
    );
  }
  if (ready.status === 'False') {
    return { broken: broken(failed, fix), reconcile: POOLED.test(ready.message) ? 'once' : 'again', waiting: false };
  }
  if (ready.status !== 'True') return waiting(`Flux is reading it (${ready.message})`, RUNS);
  if (since !== undefined && !(Date.parse(requested ?? '') >= since.getTime())) {
    return { broken: broken('Flux has not read it with this certificate', RUNS), reconcile: 'once', waiting: true };
  }
  return { waiting: false, revision: stringAt(object, 'status', 'artifact', 'revision') };
}

/** Whether source-controller has looked at this generation, and since it was asked. */
function isAnswered(
  object: KubeObject,
  { status, generation }: Condition,
  { requestedAt, isHandled }: ReconcileRequest,
): boolean {
  // Where it has failed, status.observedGeneration stays behind.
  const seen = status === 'True' ? fieldAt(object, 'status', 'observedGeneration') : generation;
  const current = seen === fieldAt(object, 'metadata', 'generation');
  return current && (requestedAt === undefined || isHandled);
}

/** The answers to a certificate that is not, or no longer, the right one. */
const POOLED = / : 40[13] /;
const INSTALL = 'install Flux on this cluster; if it is there, read the log of source-controller';
const RUNS = 'see that source-controller runs, and read its log';
