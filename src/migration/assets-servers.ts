import type { ProxyRoute } from '../chain/proxy-route';
import { readWorkloads, type Workload, workloadsBehind } from '../chain/workloads';
import { namespaceOf } from '../kubernetes/identity';
import { isService } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import { selects } from '../kubernetes/labels';

const CONTROLLERS = ['StatefulSet', 'Deployment', 'DaemonSet'];

/** Finds the assets servers behind routes: their Services, then the workloads of their pods. */
export function serversOf(objects: readonly KubeObject[], routes: readonly ProxyRoute[]): readonly KubeObject[] {
  const services = objects.filter(isService);
  const controllers = readWorkloads(objects).filter(({ object }) => CONTROLLERS.includes(object.kind));
  const behind = new Set(routes.flatMap((route) => workloadsBehind(route, controllers, services)));
  const workloads = controllers.filter((one) => behind.has(one));
  const fronts = services.filter(
    (service) => routes.some((route) => isEnd(service, route)) || workloads.some((one) => isBefore(service, one)),
  );
  return [...fronts, ...workloads.map(({ object }) => object)];
}

/** Whether a route leads to the Service. */
function isEnd({ metadata }: KubeObject, route: ProxyRoute): boolean {
  return route.resource === 'services' && metadata.name === route.name && namespaceOf(metadata) === route.namespace;
}

/** Whether the Service selects the pods of the workload. */
function isBefore(service: KubeObject, { object, labels }: Workload): boolean {
  return namespaceOf(service.metadata) === namespaceOf(object.metadata) && selects(service, labels);
}
