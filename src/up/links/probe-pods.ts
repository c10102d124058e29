import { undefinedOn } from '../../errors';
import { conditionOf } from '../../kubernetes/conditions';
import { fieldAt, lineAt, stringAt } from '../../kubernetes/fields';
import { namespaceOf } from '../../kubernetes/identity';
import { type KubeObject, type ObjectReference, referenceTo } from '../../kubernetes/kube-object';
import type { Run } from '../run';
import type { BrokenLink } from './broken-link';
import { podProblem } from './pod-problem';

/** API version and kind of a pod. */
export const POD = { apiVersion: 'v1', kind: 'Pod' } as const;
const EVENT = { apiVersion: 'v1', kind: 'Event' } as const;

/**
 * Finds out why no pod of a workload runs, from its newest pod; `undefined` if one runs.
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
    return { object: reference, problem: 'does not exist', fix: 'find out what deletes it, then run again' };
  }
  const labels = labelsAt(current, 'spec', 'selector', 'matchLabels');
  const list = await run.objects.list(POD, { namespace: namespaceOf(reference), labels });
  const createdAt = (pod: KubeObject) => stringAt(pod, 'metadata', 'creationTimestamp') ?? '';
  const pods = [...list].sort((one, other) => createdAt(other).localeCompare(createdAt(one)));
  const broken = await Promise.all(pods.map((pod) => brokenPod(run, pod, container)));
  if (broken.includes(undefined)) return undefined;
  const failure = conditionOf(current, 'ReplicaFailure');
  return broken[0] ?? missingPod(run, reference, 'a pod', failure && `${failure.reason}: ${failure.message}`);
}

/** Finds out why a pod does not run; `undefined` if it runs. */
export async function brokenPod(run: Run, pod: KubeObject, container?: string): Promise<BrokenLink | undefined> {
  const found = podProblem(pod, container);
  if (found === undefined) return undefined;
  const { starting, unscheduled, problem, fix } = found;
  const object = podReference(pod);
  const warning = starting ? await latestWarning(run, object) : '';
  return {
    object,
    problem: warning === '' ? problem : `${problem}: ${warning}`,
    fix,
    ...(unscheduled && { consequence: true }),
  };
}

/**
 * The link for a pod that its controller has not created.
 * @param object - the workload that the controller reconciles
 * @param what - the pod, as text
 * @param why - the reason, if the status of the workload states one
 */
export async function missingPod(run: Run, object: ObjectReference, what: string, why?: string): Promise<BrokenLink> {
  const warning = why ?? (await latestWarning(run, object));
  return warning === ''
    ? { object, problem: `has not created ${what}`, fix: 'check that kube-controller-manager runs' }
    : { object, problem: `has not created ${what} (${warning})`, fix: 'fix what the message names' };
}

/** Returns the reference of a pod. */
export function podReference({ metadata: { namespace, name = '' } }: KubeObject): ObjectReference {
  return { ...POD, namespace, name };
}

/** Returns the labels, or the selector, in a field of an object. */
export function labelsAt(object: KubeObject, ...path: readonly string[]): Readonly<Record<string, string>> {
  const labels = fieldAt(object, ...path);
  return Object.fromEntries(Object.keys(labels ?? {}).map((key) => [key, stringAt(labels, key) ?? '']));
}

/**
 * Returns the latest warning about an object, as `REASON: MESSAGE`; '' if there is none or events may not be listed.
 */
async function latestWarning({ objects }: Run, { kind, namespace, name }: ObjectReference): Promise<string> {
  const fields = { 'involvedObject.kind': kind, 'involvedObject.name': name, type: 'Warning' };
  const events = await undefinedOn(
    objects.list(EVENT, { namespace: namespaceOf({ namespace }), fields }),
    'ERR_EGGTOOTH_FORBIDDEN',
  );
  const [latest] = [...(events ?? [])].sort((one, other) => timeOf(other).localeCompare(timeOf(one)));
  if (latest === undefined) return '';
  return `${lineAt(latest, 'reason')}: ${lineAt(latest, 'message')}`;
}

function timeOf(event: KubeObject): string {
  return [event.lastTimestamp, event.eventTime].find((time) => typeof time === 'string') ?? '';
}
