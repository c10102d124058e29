import { fieldAt } from '../../kubernetes/fields';
import { isService } from '../../kubernetes/kinds';
import type { KubeObject } from '../../kubernetes/kube-object';
import type { Rule } from '../finding';
import type { ProxyRoute } from '../proxy-route';
import { onHostNetwork, type Workload } from '../workloads';

/** Before there is a CNI the API server reaches only pods on the host network. */
export const hostNetwork: Rule = {
  id: 'host-network',
  severity: 'error',
  *check({ routes, objects, workloads }) {
    const services = objects.filter(isService);
    const behindRoutes = routes.flatMap(({ route }) => behind(route, workloads, services));
    for (const { object, field } of new Set(behindRoutes.filter((workload) => !onHostNetwork(workload)))) {
      yield {
        object,
        field: `${field}.hostNetwork`,
        message: 'the pod is not on the host network, and without a CNI the API server cannot reach any other',
        fix: 'set hostNetwork: true',
      };
    }
  },
};

function behind(route: ProxyRoute, workloads: readonly Workload[], services: readonly KubeObject[]): Workload[] {
  const local = workloads.filter(({ object }) => object.metadata.namespace === route.namespace);
  if (route.resource === 'pods') return local.filter(({ object }) => makesPod(object, route.name));
  const service = services.find(({ metadata: m }) => m.namespace === route.namespace && m.name === route.name);
  const selector = Object.entries(fieldAt(service, 'spec', 'selector') ?? {});
  if (selector.length === 0) return [];
  return local.filter(({ labels }) => selector.every(([key, value]) => fieldAt(labels, key) === value));
}

function makesPod({ kind, metadata }: KubeObject, pod: string): boolean {
  if (kind === 'Pod') return metadata.name === pod;
  return (
    kind === 'StatefulSet' && /^\d+$/.test(pod.slice(`${metadata.name}-`.length)) && pod.startsWith(`${metadata.name}-`)
  );
}
