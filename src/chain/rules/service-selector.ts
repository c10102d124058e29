import { fieldAt, listAt, stringAt } from '../../kubernetes/fields';
import { namespaceOf } from '../../kubernetes/identity';
import { isService } from '../../kubernetes/kinds';
import type { KubeObject } from '../../kubernetes/kube-object';
import type { Fault, Rule } from '../finding';
import type { ProxyRoute } from '../proxy-route';

/** The API server connects to the pods of a Service: it needs a selector that finds them, and the port of the URL. */
export const serviceSelector: Rule = {
  id: 'service-selector',
  severity: 'error',
  stops: 'signing',
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
  return `${namespaceOf({ namespace })}/${name}`;
}

function faultOf(object: KubeObject, route: ProxyRoute): Fault | undefined {
  if (stringAt(object, 'spec', 'type') === 'ExternalName') {
    return {
      object,
      field: 'spec.type',
      message: `${route} leads to it, and the API server proxies to pods only, not to an external name`,
      fix: 'make it a ClusterIP with a selector, or read the external server by its own URL',
    };
  }
  if (Object.keys(fieldAt(object, 'spec', 'selector') ?? {}).length === 0) {
    return {
      object,
      field: 'spec.selector',
      message: `${route} leads to it, and without a selector it has no pods, the only endpoints that the API server proxies to`,
      fix: "select the labels of the server's pods",
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
    message: `declares [${declared}], and ${route} needs ${describe(route.port)}, so the API server answers 503`,
    fix: 'use the name or number of a port of the Service in the URL',
  };
}

function describe(port: number | string | undefined): string {
  if (port === undefined) return 'a port without a name';
  return typeof port === 'number' ? `port number ${port}` : `port ${port}`;
}
