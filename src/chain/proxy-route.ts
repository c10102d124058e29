import { EggtoothError } from '../errors';
import type { PolicyRule } from '../kubernetes/k8s';
import { isDnsLabel, isDnsSubdomain, isPortName } from '../kubernetes/names';

/** The two kinds of object that the API server can be asked to proxy to. */
export type ProxyResource = 'pods' | 'services';

/** Protocol that the API server speaks to the backend. It never verifies the backend's certificate. */
export type ProxyScheme = 'http' | 'https';

/** What names a pod as the end of a route. */
export interface PodRouteProps {
  /** Namespace of the pod. */
  readonly namespace: string;
  /** Name of the pod, for example `cozystack-assets-0`. */
  readonly name: string;
  /**
   * Number of the port, 1 to 65535. The API server does not resolve a pod's port by name: it drops the connection.
   * @default - the first containerPort that the pod declares
   */
  readonly port?: number;
  /** @default - http, and the segment does not spell it */
  readonly scheme?: ProxyScheme;
}

/** What names a Service as the end of a route. */
export interface ServiceRouteProps {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** Name of the Service. */
  readonly name: string;
  /**
   * Name of the Service's port, or its number if the Service declares it.
   * @default - the only port, if it has no name
   */
  readonly port?: number | string;
  /** @default - http, and the segment does not spell it */
  readonly scheme?: ProxyScheme;
}

/** A path of the API server taken apart: the route, and the path on the backend. */
export interface ParsedProxyPath {
  readonly route: ProxyRoute;
  /** Path that the backend sees, with its leading slash; empty if there is none. */
  readonly path: string;
}

const PROXY_PATH = /^\/api\/v1\/namespaces\/([^/]*)\/(pods|services)\/([^/]*)\/proxy(\/.*)?$/;

/**
 * The way through the API server to one pod or Service. It makes both the URL that Flux reads and the RBAC rule that
 * allows it: Kubernetes compares a Role's `resourceNames` with the URL's segment to the letter, so the two must come
 * from one value.
 *
 * @example
 * ```ts
 * const route = ProxyRoute.pod({ namespace: 'cozy-system', name: 'cozystack-assets-0', port: 8123 });
 * route.segment;                // cozystack-assets-0:8123
 * route.path('/repos/system');  // /api/v1/namespaces/cozy-system/pods/cozystack-assets-0:8123/proxy/repos/system
 * ```
 */
export class ProxyRoute {
  /**
   * A route to a pod: one pinned pod, ready or not. Works without CNI if the pod is on the host network.
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if a part is not what the API server takes
   */
  static pod({ namespace, name, port, scheme }: PodRouteProps): ProxyRoute {
    return new ProxyRoute('pods', namespace, name, port, scheme);
  }

  /**
   * A route to a Service: any of its ready pods. The API server dials the pods itself, so kube-proxy is not needed.
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if a part is not what the API server takes
   */
  static service({ namespace, name, port, scheme }: ServiceRouteProps): ProxyRoute {
    return new ProxyRoute('services', namespace, name, port, scheme);
  }

  /**
   * Reads a route back from a path of the API server.
   * @param path - path of a URL, as {@link ProxyRoute.path} prints it
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if the path is none of a proxy
   */
  static parse(path: string): ParsedProxyPath {
    const match = PROXY_PATH.exec(path);
    if (match === null) {
      throw new EggtoothError('ERR_EGGTOOTH_ROUTE', `${JSON.stringify(path)} is no path of the API server's proxy`, {
        fix: 'write it as /api/v1/namespaces/NAMESPACE/pods/[SCHEME:]NAME[:PORT]/proxy/PATH (or services in place of pods)',
      });
    }
    const [, namespace = '', resource, segment = '', rest = ''] = match;
    const parts = segment.split(':');
    const [scheme, name = '', port] = parts.length === 3 ? parts : [undefined, ...parts];
    if (parts.length > 3) {
      throw badPart('segment', segment, 'has more than three parts', '[SCHEME:]NAME[:PORT]');
    }
    const route = new ProxyRoute(resource as ProxyResource, namespace, name, readPort(port), scheme as ProxyScheme);
    if (route.segment !== segment) {
      throw badPart('segment', segment, 'is not spelled in the one way that an RBAC rule can name', route.segment);
    }
    return { route, path: backendPath(rest) };
  }

  private constructor(
    readonly resource: ProxyResource,
    readonly namespace: string,
    readonly name: string,
    readonly port?: number | string,
    readonly scheme?: ProxyScheme,
  ) {
    if (!isDnsLabel(namespace)) {
      throw badPart('namespace', namespace, 'is no DNS label', 'lower-case letters, digits and -, at most 63');
    }
    if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
      throw badPart('scheme', scheme, 'is none that the API server knows', 'http or https');
    }
    if (!isDnsSubdomain(name)) {
      throw badPart('name', name, 'is no name of a pod or Service', 'lower-case letters, digits, - and .');
    }
    if (typeof port === 'number' && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
      throw badPart('port', port, 'is no port number', 'a whole number from 1 to 65535');
    }
    if (typeof port === 'string' && resource === 'pods') {
      throw badPart('port', port, "is a name, and the API server drops a pod's connection on it", "the port's number");
    }
    if (typeof port === 'string' && !isPortName(port)) {
      throw badPart('port', port, "is no name of a Service's port", 'lower-case letters, digits and -, with a letter');
    }
  }

  /** `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`: the URL's segment, and the name in the Role's resourceNames. */
  get segment(): string {
    if (this.scheme !== undefined) return `${this.scheme}:${this.name}:${this.port ?? ''}`;
    return this.port === undefined ? this.name : `${this.name}:${this.port}`;
  }

  /** The RBAC rule that allows reading through this route, and nothing else. RBAC cannot limit the path. */
  get policyRule(): PolicyRule {
    return {
      apiGroups: [''],
      resources: [`${this.resource}/proxy`],
      resourceNames: [this.segment],
      verbs: ['get'],
    };
  }

  /**
   * The API server's path for a path of the backend.
   * @param path - absolute, without a trailing slash, for example `/repos/system`; the empty string is the root
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if the path has another form
   */
  path(path = ''): string {
    return `${this.toString()}${backendPath(path)}`;
  }

  /** The API server's path of the proxy itself, without a slash at its end. */
  toString(): string {
    return `/api/v1/namespaces/${this.namespace}/${this.resource}/${this.segment}/proxy`;
  }
}

function readPort(port: string | undefined): number | string | undefined {
  if (port === undefined || port === '') return undefined;
  return /^\d+$/.test(port) ? Number(port) : port;
}

/**
 * A path on the backend, if it is one that each hop reads in the same way.
 * @throws EggtoothError `ERR_EGGTOOTH_ROUTE`
 */
export function backendPath(path: string): string {
  if (/[?#]/.test(path)) throw badPart('path', path, 'has a query or a fragment', path.replace(/[?#].*/, ''));
  if (path !== '' && !path.startsWith('/')) throw badPart('path', path, 'is not absolute', `/${path}`);
  if (path.endsWith('/'))
    throw badPart('path', path, 'ends with a slash', path.replace(/\/+$/, '') || 'no path at all');
  if (/%2f|%5c|%2e/i.test(path)) {
    throw badPart('path', path, 'holds an encoded slash or dot, which each hop reads in its own way', 'it unencoded');
  }
  if (/\/\/|\/\.\.?(\/|$)/.test(path)) throw badPart('path', path, 'has an empty, . or .. segment', 'the path itself');
  if (!/^[\w\-.~!$&'()*+,;=:@%/]*$/.test(path) || /%(?![0-9a-fA-F]{2})/.test(path)) {
    throw badPart(
      'path',
      path,
      'holds a character that must be percent-encoded',
      encodeURI(path.replace(/[%\p{Surrogate}]/gu, '')),
    );
  }
  return path;
}

function badPart(part: string, value: number | string, reason: string, fix: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_ROUTE', `the route's ${part} ${JSON.stringify(value)} ${reason}`, {
    fix: `write ${fix}`,
  });
}
