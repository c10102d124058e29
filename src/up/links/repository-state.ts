import { isLocalHost } from '../../chain/node-ports';
import { meansProxy } from '../../chain/proxy-url';
import type { Problem } from '../../errors';
import { readinessOf } from '../../kubernetes/conditions';
import { deletionProblem } from '../../kubernetes/deletion';
import { fieldAt, stringAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import { reconcileRequestOf } from '../../signing/flux/reconcile-request';
import { repositoryDrift } from '../../signing/flux/repository-drift';
import type { Run } from '../run';
import type { BrokenLink } from './broken-link';
import { explain } from './explain';
import { explainUpstream } from './explain-upstream';

/** How far Flux is with a HelmRepository or OCIRepository. */
export interface RepositoryState {
  /** What is missing. Absent if Flux has read the repository. */
  readonly broken?: BrokenLink;
  /**
   * Whether Flux needs a reconcile request: it has failed, or has not read the repository since the certificate was
   * issued. `once` if Flux may have used a connection that it had opened with another certificate: it keeps a
   * connection for 60 s after each use, so that further requests would prolong its use. `once` too if the server limits
   * how often it may be read.
   */
  readonly reconcile?: 'once' | 'again';
  /** Whether source-controller has yet to reconcile the object, or to handle the last request. */
  readonly waiting: boolean;
  /** `status.artifact.revision` */
  readonly revision?: string;
}

/** How long source-controller usually takes to handle a reconcile request at most, in milliseconds. */
const USUAL_DELAY = 15_000;

/**
 * Reads the state of a HelmRepository or OCIRepository from the cluster.
 * @param since - requests before this moment do not count
 */
export async function readRepositoryState(
  { objects }: Run,
  object: KubeObject,
  since?: Date,
): Promise<RepositoryState> {
  const reference = referenceTo(object);
  const current = await objects.get(reference);
  const broken = (problem: string, fix: string) => ({ broken: { object: reference, problem, fix }, waiting: false });
  if (current === undefined) return broken('does not exist', 'find out what deletes it, then run again');
  const hanging = deletionProblem(current);
  if (hanging !== undefined) return broken(hanging, 'wait until it is gone, or remove its finalizers, then run again');
  const drift = repositoryDrift(current, object);
  if (drift !== undefined) return broken(drift, 'find out what changes it, then run again');
  if (fieldAt(current, 'spec', 'suspend') === true) return broken(SUSPENDED.problem, SUSPENDED.fix);
  return repositoryState(current, since);
}

/** What is wrong with a source that the bundle does not suspend. */
export const SUSPENDED: Problem = {
  problem: 'is suspended, so Flux does not read it',
  fix: 'resume it: set spec.suspend to false',
};

/** {@link readRepositoryState} for an object that was read at a moment. */
export function repositoryState(object: KubeObject, since?: Date, now = new Date()): RepositoryState {
  const { requestedAt, isHandled } = reconcileRequestOf(object);
  const ready = readinessOf(object);
  const broken = (problem: string, fix: string) => ({ object: referenceTo(object), problem, fix });
  const waiting = (problem: string, fix: string) => ({ broken: broken(problem, fix), waiting: true });

  if (ready === undefined) return waiting('no source-controller has reconciled it', INSTALL_FLUX);
  const upstream = isUpstream(object, ready.message);
  const { meaning, fix } = (upstream ? explainUpstream : explain)(`${ready.reason}: ${ready.message}`);
  const failed = `Flux cannot read it: ${meaning}`;
  if (!ready.isCurrent || (requestedAt !== undefined && !isHandled)) {
    const isOverdue = now.getTime() - Date.parse(requestedAt ?? '') > USUAL_DELAY;
    if (ready.status === 'False' && !isOverdue) return waiting(failed, fix);
    return waiting(`source-controller has not reconciled it since ${requestedAt ?? 'its last change'}`, CHECK_FLUX);
  }
  if (ready.status === 'False') {
    return {
      broken: broken(failed, fix),
      reconcile: (upstream ? LIMIT : OTHER_CERTIFICATE).test(ready.message) ? 'once' : 'again',
      waiting: false,
    };
  }
  if (ready.status !== 'True') return waiting(`Flux is reading it (${ready.message})`, CHECK_FLUX);
  if (since !== undefined && !(Date.parse(requestedAt ?? '') >= since.getTime())) {
    return {
      broken: broken('Flux has not read it with this certificate', CHECK_FLUX),
      reconcile: 'once',
      waiting: true,
    };
  }
  return { waiting: false, revision: stringAt(object, 'status', 'artifact', 'revision') };
}

/**
 * Whether Flux reads a source neither through the API server nor on its node. A HelmChart has no URL, but most messages
 * about it contain one.
 */
function isUpstream(object: KubeObject, message: string): boolean {
  const url = stringAt(object, 'spec', 'url') ?? /https?:\/\/[^\s"]+/.exec(message)?.[0];
  if (url === undefined || meansProxy(url)) return false;
  return !(URL.canParse(url) && isLocalHost(new URL(url).hostname));
}

/**
 * The message of source-controller after a 401 or 403, the answers to a certificate that is not valid, or not yet or no
 * longer the right one. Its status has no field for the HTTP status of an index, so this is the one place that depends
 * on the text: if it changed, Flux would get more requests than are useful, and nothing else would change.
 */
const OTHER_CERTIFICATE = / : 40[13] /;
/** The message after a 429 of a server upstream or a registry, for which the same holds. */
const LIMIT = / 429 |TOOMANYREQUESTS/;
const INSTALL_FLUX = 'install Flux in this cluster; if it is installed, read the log of source-controller';
const CHECK_FLUX = 'check that source-controller runs, and read its log';
