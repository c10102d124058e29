import { EggtoothError } from '../errors';
import { readinessOf } from '../kubernetes/conditions';
import { isHelmRelease } from '../kubernetes/kinds';
import { type KubeObject, printReference, referenceTo } from '../kubernetes/kube-object';
import type { Run } from '../up/run';
import { readSources, type SourceState } from './source-readiness';

/**
 * Rejects a new bundle that does not work yet: all its chart sources and HelmReleases must be ready. A HelmRelease that
 * no helm-controller has reconciled counts as ready, because nothing is installed from it.
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with all that are not ready
 */
export async function assertReady(run: Run, next: readonly KubeObject[]): Promise<void> {
  const releases = next.filter(isHelmRelease).map((object) => helmRelease(run, object));
  assertAllReady([...(await readSources(run, next)), ...(await Promise.all(releases))]);
}

/**
 * Rejects states that are not all ready.
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with all that are not ready
 */
export function assertAllReady(states: readonly SourceState[]): void {
  const waiting = states.filter(({ ready }) => !ready);
  if (waiting.length === 0) return;
  const list = waiting.map((state) => `\n  ${printReference(state)}: ${state.detail}`).join('');
  throw new EggtoothError('ERR_EGGTOOTH_NOT_READY', `the new bundle is not ready:${list}`, {
    fix: 'fix what the messages name, then run migrate again; until then, charts are read from the old bundle',
  });
}

async function helmRelease({ objects }: Run, object: KubeObject): Promise<SourceState> {
  const reference = referenceTo(object);
  const found = await objects.get(reference);
  if (found === undefined) return { ...reference, ready: false, detail: 'does not exist' };
  const condition = readinessOf(found);
  if (condition === undefined) return { ...reference, ready: true, detail: '' };
  const { status, isCurrent, reason, message } = condition;
  return { ...reference, ready: status === 'True' && isCurrent, detail: `${reason}: ${message}` };
}
