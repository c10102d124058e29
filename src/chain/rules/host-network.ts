import type { KubeObject } from '../../kube-object';
import type { ProxyRoute } from '../../proxy-route';
import { fieldAt } from '../fields';
import type { Rule } from '../finding';

/** Before there is a CNI the API server reaches only pods on the host network. */
export const hostNetwork: Rule = {
  id: 'host-network',
  severity: 'error',
  *check({ routes, objects }) {
    const workloads = objects.filter(({ kind }) => ['Pod', 'StatefulSet', 'Deployment', 'DaemonSet'].includes(kind));
    const services = objects.filter(({ kind }) => kind === 'Service');
    const faulty = new Set(routes.flatMap(({ route }) => behind(route, workloads, services).filter(isolated)));
    for (const object of faulty) {
      yield {
        object,
        field: [...podPath(object), 'spec', 'hostNetwork'].join('.'),
        message: 'the pod is not on the host network, and without a CNI the API server cannot reach any other',
        cure: 'set hostNetwork: true',
      };
    }
  },
};

function behind(route: ProxyRoute, workloads: readonly KubeObject[], services: readonly KubeObject[]): KubeObject[] {
  const local = workloads.filter(({ metadata }) => metadata.namespace === route.namespace);
  if (route.resource === 'pods') return local.filter((workload) => makesPod(workload, route.name));
  const service = services.find(({ metadata: m }) => m.namespace === route.namespace && m.name === route.name);
  const selector = Object.entries(fieldAt(service, 'spec', 'selector') ?? {});
  if (selector.length === 0) return [];
  return local.filter((workload) =>
    selector.every(([key, value]) => fieldAt(workload, ...podPath(workload), 'metadata', 'labels', key) === value),
  );
}

function makesPod({ kind, metadata }: KubeObject, pod: string): boolean {
  if (kind === 'Pod') return metadata.name === pod;
  return (
    kind === 'StatefulSet' && /^\d+$/.test(pod.slice(`${metadata.name}-`.length)) && pod.startsWith(`${metadata.name}-`)
  );
}

function isolated(workload: KubeObject): boolean {
  return fieldAt(workload, ...podPath(workload), 'spec', 'hostNetwork') !== true;
}

function podPath({ kind }: KubeObject): readonly string[] {
  return kind === 'Pod' ? [] : ['spec', 'template'];
}
