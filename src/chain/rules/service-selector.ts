import { fieldAt, listAt, stringAt } from '../../kubernetes/fields';
import { isService } from '../../kubernetes/kinds';
import type { KubeObject } from '../../kubernetes/kube-object';
import type { Fault, Rule } from '../finding';
import type { ProxyRoute } from '../proxy-route';

/** The API server dials the pods behind a Service: it needs a selector that finds them, and the port of the URL. */
export const serviceSelector: Rule = {
  id: 'service-selector',
  severity: 'error',
  *check({ routes, objects }) {
    const byService = routes.filter(({ route }) => route.resource === 'services');
    if (byService.length === 0) return;
    const services = new Map(objects.filter(isService).map((service) => [keyOf(service.metadata), service]));
    for (const { route } of byService) {
      const object = services.get(keyOf(route));
      const fault = object && faultOf(object, route);
      if (fault !== undefined) yield fault;
    }
  },
};

function keyOf({ namespace, name }: { readonly namespace?: string; readonly name?: string }): string {
  return `${namespace}/${name}`;
}

function faultOf(object: KubeObject, route: ProxyRoute): Fault | undefined {
  if (stringAt(object, 'spec', 'type') === 'ExternalName') {
    return {
      object,
      field: 'spec.type',
      message: `${route} ends at it, and the API server proxies to pods only, not to a name`,
      fix: 'make it a ClusterIP with a selector, or read the other server by its own URL',
    };
  }
  if (Object.keys(fieldAt(object, 'spec', 'selector') ?? {}).length === 0) {
    return {
      object,
      field: 'spec.selector',
      message: `${route} ends at it, and without a selector it has no endpoint that names a pod; the API server takes no other`,
      fix: "set the labels of the server's pods",
    };
  }
  const ports = listAt(object, 'spec', 'ports');
  const key = typeof route.port === 'number' ? 'port' : 'name';
  const wanted = route.port ?? '';
  if (ports.some((port) => (fieldAt(port, key) ?? '') === wanted)) return undefined;
  const declared = ports.map((port) => `${fieldAt(port, 'name') ?? 'no name'}: ${fieldAt(port, 'port')}`).join(', ');
  return {
    object,
    field: 'spec.ports',
    message: `it declares [${declared}], and ${route} asks for ${describe(route.port)}: the API server would answer 503`,
    fix: 'let the URL spell the name of a port of the Service, or its number',
  };
}

function describe(port: number | string | undefined): string {
  if (port === undefined) return 'the port without a name';
  return typeof port === 'number' ? `number ${port}` : port;
}
