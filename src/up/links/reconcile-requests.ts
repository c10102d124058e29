import { identityOf } from '../../kubernetes/identity';
import type { KubeObject } from '../../kubernetes/kube-object';
import { requestReconcile } from '../../signing/flux/reconcile-request';
import type { Run } from '../run';

/** Pause after a reconcile request, in milliseconds. Flux itself would retry after ever longer pauses. */
const PAUSE = 5000;

/** How often a run may request the same: `reset` is a request that resets the failures of a HelmRelease, `once`. */
export type RequestKind = 'once' | 'again' | 'reset';

/** The reconcile requests of a run. */
export class ReconcileRequests {
  private readonly last = new Map<string, number>();

  constructor(private readonly run: Run) {}

  /** Whether this run has requested that Flux reconciles the object. */
  has(object: KubeObject): boolean {
    return this.last.has(identityOf(object));
  }

  /** Requests that Flux reconciles the object, if that is due. */
  async request(object: KubeObject, kind: RequestKind): Promise<void> {
    const last = this.last.get(identityOf(object));
    const isDue = last === undefined || (kind === 'again' && performance.now() - last > PAUSE);
    if (!isDue) return;
    this.last.set(identityOf(object), performance.now());
    await requestReconcile(this.run.cluster, object, { reset: kind === 'reset' });
  }
}
