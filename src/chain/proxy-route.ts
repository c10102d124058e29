import { EggtoothError } from '../errors';
import type { PolicyRule } from '../kubernetes/k8s';
import { isDnsLabel, isDnsSubdomain, isPort, isPortName } from '../kubernetes/names';

/** The resources that the API server can proxy to, and that a route can lead to. */
export type ProxyResource = 'pods' | 'services';

/** The protocol between the API server and the backend. The API server never verifies the backend's certificate. */
export type ProxyScheme = 'http' | 'https';

/** Props of {@link ProxyRoute.pod}. */
export interface PodRouteProps {
  /** Namespace of the pod. */
  readonly namespace: string;
  /** Name of the pod, for example `cozystack-assets-0`. */
  readonly name: string;
  /**
   * Number of the port, 1 to 65535. A name is invalid: the API server does not resolve it, but drops the connection.
   * @default - the first containerPort that the pod declares
   */
  readonly port?: number;
  /**
   * Protocol between the API server and the backend.
   * @default - http, without a scheme in the segment
   */
  readonly scheme?: ProxyScheme;
}

/** Props of {@link ProxyRoute.service}. */
export interface ServiceRouteProps {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** Name of the Service. */
  readonly name: string;
  /**
   * Name of the Service's port, or a number that the Service declares.
   * @default - the port without a name
   */
  readonly port?: number | string;
  /**
   * Protocol between the API server and the backend.
   * @default - http, without a scheme in the segment
   */
  readonly scheme?: ProxyScheme;
}

/** Result of {@link ProxyRoute.parse}. */
export interface ParsedProxyPath {
  /** The route. */
  readonly route: ProxyRoute;
  /** The path on the backend, with its leading slash; empty for the root. */
  readonly path: string;
}

const PROXY_PATH = /^\/api\/v1\/namespaces\/([^/]*)\/(pods|services)\/([^/]*)\/proxy(\/.*)?$/;

/**
 * A route through the API server's proxy to a pod or Service. It provides both the URL that Flux reads and the RBAC rule
 * that allows it: Kubernetes compares the `resourceNames` of a Role with the segment of the URL as strings, so both must
 * come from one value.
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
   * A route to one pod, ready or not. It works without a CNI if the pod is on the host network.
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if the API server would not accept one of its parts
   */
  static pod({ namespace, name, port, scheme }: PodRouteProps): ProxyRoute {
    return new ProxyRoute('pods', namespace, name, port, scheme);
  }

  /**
   * A route to any ready pod of a Service. It works without kube-proxy: the API server connects to the pods itself.
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if the API server would not accept one of its parts
   */
  static service({ namespace, name, port, scheme }: ServiceRouteProps): ProxyRoute {
    return new ProxyRoute('services', namespace, name, port, scheme);
  }

  /**
   * Parses the path of a URL. The inverse of {@link ProxyRoute.path}.
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if it is not a path of the API server's proxy
   */
  static parse(path: string): ParsedProxyPath {
    const match = PROXY_PATH.exec(path);
    if (match === null) {
      throw new EggtoothError('ERR_EGGTOOTH_ROUTE', `${JSON.stringify(path)} is not a path of the API server's proxy`, {
        fix: 'write /api/v1/namespaces/NAMESPACE/pods/[SCHEME:]NAME[:PORT]/proxy/PATH, or services instead of pods',
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
      throw badPart(
        'segment',
        segment,
        'is not in canonical form, the only one that the Role can allow',
        route.segment,
      );
    }
    return { route, path: pathInUrl(rest) };
  }

  private constructor(
    /** Whether the route leads to a pod or to a Service. */
    readonly resource: ProxyResource,
    /** Namespace of the pod or Service. */
    readonly namespace: string,
    /** Name of the pod or Service. */
    readonly name: string,
    /** Port of the pod or Service, if the segment names one. */
    readonly port?: number | string,
    /** Protocol between the API server and the backend, if the segment names one. */
    readonly scheme?: ProxyScheme,
  ) {
    if (!isDnsLabel(namespace)) {
      throw badPart('namespace', namespace, 'is not a DNS label', 'at most 63 lower-case letters, digits and -');
    }
    if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
      throw badPart('scheme', scheme, 'is unknown to the API server', 'http or https');
    }
    if (!isDnsSubdomain(name)) {
      throw badPart('name', name, 'is not a valid name of a pod or Service', 'lower-case letters, digits, - and .');
    }
    if (typeof port === 'number' && !isPort(port)) {
      throw badPart('port', port, 'is not a port number', 'an integer from 1 to 65535');
    }
    if (typeof port === 'string' && resource === 'pods') {
      throw badPart('port', port, 'is a name, which the API server does not resolve for a pod', "the port's number");
    }
    if (typeof port === 'string' && !isPortName(port)) {
      throw badPart(
        'port',
        port,
        'is not a valid port name of a Service',
        'lower-case letters, digits and -, with at least one letter',
      );
    }
  }

  /** `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`: a segment of the URL, and the name in the resourceNames of the Role. */
  get segment(): string {
    if (this.scheme !== undefined) return `${this.scheme}:${this.name}:${this.port ?? ''}`;
    return this.port === undefined ? this.name : `${this.name}:${this.port}`;
  }

  /** The RBAC rule that allows reading through this route and nothing else. RBAC cannot restrict the path. */
  get policyRule(): PolicyRule {
    return {
      apiGroups: [''],
      resources: [`${this.resource}/proxy`],
      resourceNames: [this.segment],
      verbs: ['get'],
    };
  }

  /**
   * The path of the API server for a path on the backend.
   * @param path - absolute and without a trailing slash, for example `/repos/system`; the empty string is the root
   * @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if the path has another form
   */
  path(path = ''): string {
    return `${this.toString()}${backendPath(path)}`;
  }

  /** The path of the API server for the root of the backend, without a trailing slash. */
  toString(): string {
    return `/api/v1/namespaces/${this.namespace}/${this.resource}/${this.segment}/proxy`;
  }
}

function readPort(port: string | undefined): number | string | undefined {
  if (port === undefined || port === '') return undefined;
  return /^\d+$/.test(port) ? Number(port) : port;
}

/**
 * The path on the backend at the end of a URL. Flux ignores slashes at its end (NormalizeURL of source-controller).
 * @throws EggtoothError `ERR_EGGTOOTH_ROUTE`
 */
export function pathInUrl(path: string): string {
  return backendPath(path.replace(/\/+$/, ''));
}

/**
 * Rejects a path on the backend that Flux, the API server and the backend could interpret differently.
 * @returns the path
 * @throws EggtoothError `ERR_EGGTOOTH_ROUTE`
 */
export function backendPath(path: string): string {
  if (/[?#]/.test(path)) throw badPart('path', path, 'has a query or a fragment', path.replace(/[?#].*/, ''));
  if (path !== '' && !path.startsWith('/')) throw badPart('path', path, 'is not absolute', `/${path}`);
  if (path.endsWith('/')) throw badPart('path', path, 'ends with a slash', path.replace(/\/+$/, '') || 'an empty path');
  if (/%2f|%5c|%2e/i.test(path)) {
    throw badPart('path', path, 'contains an encoded slash or dot, which servers decode differently', 'it unencoded');
  }
  if (/\/\/|\/\.\.?(\/|$)/.test(path))
    throw badPart('path', path, 'has an empty, . or .. segment', 'the path without it');
  if (!/^[\w\-.~!$&'()*+,;=:@%/]*$/.test(path) || /%(?![0-9a-fA-F]{2})/.test(path)) {
    throw badPart(
      'path',
      path,
      'contains a character that must be percent-encoded',
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
