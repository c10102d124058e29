import { conditionOf } from '../kubernetes/conditions';
import { fieldAt, stringAt } from '../kubernetes/fields';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import type { BrokenLink } from './broken-link';
import { latestWarning } from './events';
import { podProblem } from './pod-problem';
import type { Run } from './run';

/** API version and kind of a pod. */
export const POD = { apiVersion: 'v1', kind: 'Pod' } as const;

/**
 * What keeps every pod of a workload from running, the newest first; `undefined` if one runs.
 * @param container - the only container that matters
 */
export async function probeWorkload(
  run: Run,
  workload: KubeObject,
  container: string,
): Promise<BrokenLink | undefined> {
  const reference = referenceTo(workload);
  const current = await run.objects.get(reference);
  if (current === undefined) {
    return { object: reference, problem: 'does not exist', fix: 'find out who deleted it, then run again' };
  }
  const labels = labelsAt(current, 'spec', 'selector', 'matchLabels');
  const list = await run.objects.list(POD, { namespace: reference.namespace ?? 'default', labels });
  const made = (pod: KubeObject) => stringAt(pod, 'metadata', 'creationTimestamp') ?? '';
  const pods = [...list].sort((one, other) => made(other).localeCompare(made(one)));
  const broken = await Promise.all(pods.map((pod) => brokenPod(run, pod, container)));
  if (broken.includes(undefined)) return undefined;
  const failure = conditionOf(current, 'ReplicaFailure');
  return broken[0] ?? missingPod(run, reference, 'a pod', failure && `${failure.reason}: ${failure.message}`);
}

/** What keeps a pod from running. */
export async function brokenPod(run: Run, pod: KubeObject, container?: string): Promise<BrokenLink | undefined> {
  const found = podProblem(pod, container);
  if (found === undefined) return undefined;
  const { starting, problem, fix } = found;
  const object = podReference(pod);
  const warning = starting ? await latestWarning(run, object) : '';
  return { object, problem: warning === '' ? problem : `${problem}: ${warning}`, fix };
}

/**
 * A pod that a controller has not made.
 * @param what - which pod
 * @param why - in the controller's words, if it has said so in its status
 */
export async function missingPod(run: Run, object: ObjectReference, what: string, why?: string): Promise<BrokenLink> {
  const warning = why ?? (await latestWarning(run, object));
  return warning === ''
    ? { object, problem: `has not made ${what}`, fix: 'check that kube-controller-manager runs' }
    : { object, problem: `has not made ${what} (${warning})`, fix: 'mend what the message names' };
}

/** Names a pod, also one of a list. */
export function podReference({ metadata: { namespace, name = '' } }: KubeObject): ObjectReference {
  return { ...POD, namespace, name };
}

/** Labels of an object or a selector. */
export function labelsAt(object: KubeObject, ...path: readonly string[]): Readonly<Record<string, string>> {
  const labels = fieldAt(object, ...path);
  return Object.fromEntries(Object.keys(labels ?? {}).map((key) => [key, stringAt(labels, key) ?? '']));
}
