import { undefinedOn } from '../../errors';
import { conditionOf } from '../../kubernetes/conditions';
import { fieldAt } from '../../kubernetes/fields';
import { namespaceOf } from '../../kubernetes/identity';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import type { Run } from '../run';
import { type BrokenLink, firstCause } from './broken-link';
import { brokenPod, labelsAt, missingPod, POD, podReference } from './probe-pods';

const APPS = 'apps/v1';

/** The kinds of workload that Helm waits for. */
const WORKLOADS = [
  { apiVersion: APPS, kind: 'DaemonSet' },
  { apiVersion: APPS, kind: 'Deployment' },
  { apiVersion: APPS, kind: 'StatefulSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
] as const;

/** The labels of every object that helm-controller installs for a HelmRelease. */
function releaseLabels(release: KubeObject): Readonly<Record<string, string>> {
  return {
    'helm.toolkit.fluxcd.io/name': release.metadata.name ?? '',
    'helm.toolkit.fluxcd.io/namespace': namespaceOf(release.metadata),
  };
}

/** Whether helm-controller has installed an object for a HelmRelease. */
export function isOfRelease({ metadata }: KubeObject, release: KubeObject): boolean {
  return Object.entries(releaseLabels(release)).every(([label, value]) => metadata.labels?.[label] === value);
}

/** Finds out which pod of a HelmRelease does not run or is not ready. Without the right to list them, nothing is found. */
export async function probeReleasePods(run: Run, release: KubeObject): Promise<BrokenLink | undefined> {
  const labels = releaseLabels(release);
  const lists = await undefinedOn(
    Promise.all(WORKLOADS.map((kind) => run.objects.list(kind, { labels }))),
    'ERR_EGGTOOTH_FORBIDDEN',
  );
  return firstCause((lists ?? []).flat().filter(isIncomplete), (workload) => probePodsOf(run, workload));
}

/** Finds out which pod of a workload does not run or is not ready. */
export async function probePodsOf(run: Run, workload: KubeObject, node?: string): Promise<BrokenLink | undefined> {
  const labels = labelsAt(workload, 'spec', 'selector', 'matchLabels');
  const namespace = namespaceOf(workload.metadata);
  const fields = node === undefined ? {} : { fields: { 'spec.nodeName': node } };
  const pods = await undefinedOn(run.objects.list(POD, { namespace, labels, ...fields }), 'ERR_EGGTOOTH_FORBIDDEN');
  if (pods?.length === 0)
    return missingPod(run, referenceTo(workload), node === undefined ? 'a pod' : `a pod on ${node}`);
  return firstCause(pods ?? [], async (pod) => (await brokenPod(run, pod)) ?? unready(pod));
}

function isIncomplete(workload: KubeObject): boolean {
  const [spec, status] = [workload.spec, workload.status];
  if (workload.kind === 'Job') return conditionOf(workload, 'Complete')?.status !== 'True';
  if (workload.kind === 'DaemonSet')
    return count(status, 'numberAvailable', 0) < count(status, 'desiredNumberScheduled', 1);
  return count(status, 'availableReplicas', 0) < count(spec, 'replicas', 1);
}

function count(value: unknown, field: string, otherwise: number): number {
  const found = fieldAt(value, field);
  return typeof found === 'number' ? found : otherwise;
}

function unready(pod: KubeObject): BrokenLink | undefined {
  const ready = conditionOf(pod, 'Ready');
  if (ready?.status !== 'False' || ready.reason === 'PodCompleted') return undefined;
  const { kind, namespace, name } = podReference(pod);
  return {
    object: podReference(pod),
    problem: `runs but is not ready (${ready.reason}: ${ready.message})`,
    fix: `check its readiness probe, and read its log: kubectl logs -n ${namespace} ${kind.toLowerCase()}/${name}`,
  };
}
