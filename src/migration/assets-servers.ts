import type { ProxyRoute } from '../chain/proxy-route';
import { fieldAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';

const WORKLOADS = ['StatefulSet', 'Deployment', 'DaemonSet'];

/** What stands at the end of the routes: the Services, then the workloads that run the pods. */
export function serversOf(objects: readonly KubeObject[], routes: readonly ProxyRoute[]): readonly KubeObject[] {
  const services = objects.filter(({ kind }) => kind === 'Service');
  const workloads = objects.filter(
    (object) => WORKLOADS.includes(object.kind) && routes.some((route) => runs(object, route, services)),
  );
  const fronts = services.filter(
    (service) =>
      routes.some((route) => isService(service, route)) || workloads.some((workload) => selects(service, workload)),
  );
  return [...fronts, ...workloads];
}

function runs(workload: KubeObject, route: ProxyRoute, services: readonly KubeObject[]): boolean {
  if (workload.metadata.namespace !== route.namespace) return false;
  if (route.resource === 'services') {
    return services.some((service) => isService(service, route) && selects(service, workload));
  }
  return workload.kind === 'StatefulSet' && route.name.replace(/-\d+$/, '') === workload.metadata.name;
}

function isService({ metadata }: KubeObject, route: ProxyRoute): boolean {
  return route.resource === 'services' && metadata.name === route.name && metadata.namespace === route.namespace;
}

function selects(service: KubeObject, workload: KubeObject): boolean {
  if (service.metadata.namespace !== workload.metadata.namespace) return false;
  const selector = Object.entries(fieldAt(service, 'spec', 'selector') ?? {});
  const label = (key: string) => fieldAt(workload, 'spec', 'template', 'metadata', 'labels', key);
  return selector.length > 0 && selector.every(([key, value]) => label(key) === value);
}
