import type { Chain } from '../../chain/chain';
import type { ProxyRoute } from '../../chain/proxy-route';
import { type Workload, workloadsBehind } from '../../chain/workloads';
import { conditionOf } from '../../kubernetes/conditions';
import { namespaceOf } from '../../kubernetes/identity';
import { type KubeObject, printReference, referenceTo } from '../../kubernetes/kube-object';
import { selects } from '../../kubernetes/labels';
import type { AppliedObject } from '../apply-objects';
import type { Run } from '../run';
import { type BrokenLink, waitForLink } from './broken-link';
import { brokenPod, labelsAt, missingPod, POD, podReference } from './probe-pods';
import { replaceStuckPods } from './replace-stuck-pods';

/**
 * Waits until the pods behind the routes of a chain run, and replaces those that their StatefulSets would not.
 * @param applied - what this run has applied: pods of a StatefulSet that it left alone are not replaced
 */
export async function waitForAssets(run: Run, chain: Chain, applied: readonly AppliedObject[]): Promise<void> {
  const ours = applied.filter(({ result }) => result !== 'skipped').map(printReference);
  const statefulSets = chain.workloads.filter(
    ({ object }) => object.kind === 'StatefulSet' && ours.includes(printReference(referenceTo(object))),
  );
  await waitForLink(run, async () => {
    for (const { object } of statefulSets) {
      const stuck = await replaceStuckPods(run, object);
      if (stuck !== undefined) return stuck;
    }
    return probeAssets(run, chain);
  });
}

/**
 * Looks for a pod behind the routes of a chain that does not run. The proxy of the API server reaches a pod as soon as
 * it runs, ready or not.
 */
export async function probeAssets(run: Run, { routes, workloads }: Chain): Promise<BrokenLink | undefined> {
  for (const { route } of routes) {
    const broken = await (route.resource === 'pods'
      ? probePod(run, route, workloads)
      : probeService(run, route, workloads));
    if (broken !== undefined) return broken;
  }
  return undefined;
}

async function probePod(run: Run, route: ProxyRoute, workloads: readonly Workload[]): Promise<BrokenLink | undefined> {
  const reference = { ...POD, namespace: route.namespace, name: route.name };
  const pod = await run.objects.get(reference);
  if (pod !== undefined) return brokenPod(run, pod);
  const owner = workloadsBehind(route, workloads, []).find(({ object }) => object.kind === 'StatefulSet');
  if (owner === undefined) {
    const fix = 'apply the workload that creates it, or fix the route';
    return { object: reference, problem: 'does not exist, and the bundle has no StatefulSet that creates it', fix };
  }
  return missingPod(run, referenceTo(owner.object), `its pod ${route.name}`);
}

async function probeService(
  run: Run,
  { namespace, name }: ProxyRoute,
  workloads: readonly Workload[],
): Promise<BrokenLink | undefined> {
  const reference = { apiVersion: 'v1', kind: 'Service', namespace, name };
  const service = await run.objects.get(reference);
  if (service === undefined) {
    return { object: reference, problem: 'does not exist', fix: 'apply it, or fix the route' };
  }
  const selector = labelsAt(service, 'spec', 'selector');
  if (Object.keys(selector).length === 0) return undefined;
  const pods = await run.objects.list(POD, { namespace, labels: selector });
  if (pods.some((pod) => conditionOf(pod, 'Ready')?.status === 'True')) return undefined;
  const [pod] = pods;
  if (pod === undefined) {
    const owner = workloads.find(
      (one) => namespaceOf(one.object.metadata) === namespace && selects(service, one.labels),
    );
    return missingPod(run, referenceTo(owner?.object ?? service), 'a pod');
  }
  return (await brokenPod(run, pod)) ?? unready(pod);
}

/** A Service routes only to pods that are ready. */
function unready(pod: KubeObject): BrokenLink {
  const { reason = '', message = '' } = conditionOf(pod, 'Ready') ?? {};
  return {
    object: podReference(pod),
    problem: `runs but is not ready (${reason}: ${message}), so the Service does not route to it`,
    fix: 'check its readiness probe',
  };
}
