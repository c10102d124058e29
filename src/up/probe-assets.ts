import type { Chain } from '../chain/chain';
import type { ProxyRoute } from '../chain/proxy-route';
import { conditionOf } from '../kubernetes/conditions';
import { fieldAt } from '../kubernetes/fields';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import type { BrokenLink } from './broken-link';
import { brokenPod, labelsAt, missingPod, POD, podReference } from './probe-pods';
import type { Run } from './run';

/** Looks whether the pods behind the routes of a chain run. The API server's proxy to a pod does not ask for more. */
export async function probeAssets(run: Run, { routes, objects }: Chain): Promise<BrokenLink | undefined> {
  for (const { route } of routes) {
    const broken = await (route.resource === 'pods'
      ? probePod(run, route, objects)
      : probeService(run, route, objects));
    if (broken !== undefined) return broken;
  }
  return undefined;
}

async function probePod(run: Run, route: ProxyRoute, objects: readonly KubeObject[]): Promise<BrokenLink | undefined> {
  const reference = { ...POD, namespace: route.namespace, name: route.name };
  const pod = await run.objects.get(reference);
  if (pod !== undefined) return brokenPod(run, pod);
  const owner = objects.find(
    ({ kind, metadata }) =>
      kind === 'StatefulSet' &&
      metadata.namespace === route.namespace &&
      `${metadata.name}` === route.name.replace(/-\d+$/, ''),
  );
  if (owner === undefined) {
    const fix = 'the bundle has no StatefulSet that makes it: apply what makes it, or mend the route';
    return { object: reference, problem: 'does not exist', fix };
  }
  return missingPod(run, referenceTo(owner), `its pod ${route.name}`);
}

async function probeService(
  run: Run,
  { namespace, name }: ProxyRoute,
  objects: readonly KubeObject[],
): Promise<BrokenLink | undefined> {
  const reference = { apiVersion: 'v1', kind: 'Service', namespace, name };
  const service = await run.objects.get(reference);
  if (service === undefined) {
    return { object: reference, problem: 'does not exist', fix: 'apply it, or mend the route' };
  }
  const selector = labelsAt(service, 'spec', 'selector');
  if (Object.keys(selector).length === 0) return undefined;
  const pods = await run.objects.list(POD, { namespace, labels: selector });
  if (pods.some((pod) => conditionOf(pod, 'Ready')?.status === 'True')) return undefined;
  const [pod] = pods;
  if (pod === undefined) {
    const makes = ({ metadata, spec }: KubeObject) =>
      metadata.namespace === namespace &&
      Object.entries(selector).every(([key, value]) => fieldAt(spec, 'template', 'metadata', 'labels', key) === value);
    return missingPod(run, referenceTo(objects.find(makes) ?? service), 'a pod');
  }
  return (await brokenPod(run, pod)) ?? unready(pod);
}

/** A pod that runs is not enough for a Service: it leads only to those that are ready. */
function unready(pod: KubeObject): BrokenLink {
  const { reason = '', message = '' } = conditionOf(pod, 'Ready') ?? {};
  return {
    object: podReference(pod),
    problem: `runs and is not ready (${reason}: ${message}), so the Service does not lead to it`,
    fix: 'see what its readiness probe asks for',
  };
}
