import { EggtoothError } from '../errors';
import { conditionOf } from '../kubernetes/conditions';
import { isHelmRelease } from '../kubernetes/kinds';
import { type KubeObject, printReference, referenceTo } from '../kubernetes/kube-object';
import type { Run } from '../up/run';
import { readinessOf, readSources, type SourceState } from './source-readiness';

/**
 * Refuses to go on while the new bundle is not at work: all its sources are there, and so are its HelmReleases. A
 * HelmRelease that no helm-controller has looked at is none of our business.
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY`, everything at once
 */
export async function assertReady(run: Run, next: readonly KubeObject[]): Promise<void> {
  const releases = next.filter(isHelmRelease).map((object) => helmRelease(run, object));
  const states = [...(await readSources(run, next)), ...(await Promise.all(releases))];
  assertAllReady(states);
}

/** @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` naming all that are not */
export function assertAllReady(states: readonly SourceState[]): void {
  const waiting = states.filter(({ ready }) => !ready);
  if (waiting.length === 0) return;
  const list = waiting.map((state) => `\n  ${printReference(state)}: ${state.detail}`).join('');
  throw new EggtoothError('ERR_EGGTOOTH_NOT_READY', `the new bundle is not at work yet:${list}`, {
    fix: 'mend what is said there, then run migrate again; until then everything reads from the old bundle',
  });
}

async function helmRelease({ objects }: Run, object: KubeObject): Promise<SourceState> {
  const reference = referenceTo(object);
  const found = await objects.get(reference);
  const unseen = found !== undefined && conditionOf(found, 'Ready') === undefined;
  return { ...reference, ...(unseen ? { ready: true, detail: '' } : readinessOf(found)) };
}
