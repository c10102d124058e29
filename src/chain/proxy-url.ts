import { ApiServer, type ApiServerOptions } from './api-server';
import { ProxyRoute } from './proxy-route';

/** The parts of a HelmRepository's URL. */
export interface ProxyUrl {
  /** The API server. */
  readonly endpoint: ApiServer;
  /** The route to the backend. */
  readonly route: ProxyRoute;
  /** The path on the backend, for example `/repos/system`. */
  readonly path: string;
}

/** Annotation of a HelmRepository with the CA certificates (PEM) for its endpoint. */
export const CA_ANNOTATION = 'eggtooth.dev/certificate-authority';

const IN_NAMESPACE = /\/namespaces\/[^/]*\/(pods|services)\//;
const OF_API = /\/api\/v1\/namespaces\/[^/]*\/(pods|services)\//;
const OF_PROXY = /\/namespaces\/[^/]*\/(pods|services)\/[^/]+\/proxy(\/|$)/;

/**
 * Whether a URL is meant to lead through the API server's proxy, valid or not. A chart repository of somebody else may have
 * folders called `namespaces` and `services`: of a URL that can be read, the path must be one of the core API or of a proxy.
 */
export function meansProxy(url: string): boolean {
  const [address = ''] = url.split(/[?#]/, 1);
  return URL.canParse(url) ? OF_API.test(address) || OF_PROXY.test(address) : IN_NAMESPACE.test(url);
}

/**
 * Splits a URL into the endpoint with the route, and the path on the backend.
 * @returns `undefined` if it does not have that form
 */
export function splitProxyUrl(url: string): readonly [base: string, path: string] | undefined {
  const form = /^([^/]*\/\/[^/]*\/api\/v1\/namespaces\/[^/]*\/(?:pods|services)\/[^/]*\/proxy)(\/.*)?$/;
  const [, base, path = ''] = form.exec(url) ?? [];
  return base === undefined ? undefined : [base, path];
}

/**
 * Parses the URL of a HelmRepository. The inverse of {@link printProxyUrl}.
 * @throws EggtoothError `ERR_EGGTOOTH_URL`, `ERR_EGGTOOTH_CA` or `ERR_EGGTOOTH_ROUTE`
 */
export function parseProxyUrl(url: string, options?: ApiServerOptions): ProxyUrl {
  const [beforeApi = ''] = url.split('/api/', 1);
  // After a slash in a password, its rest would count as a path, and be printed.
  if (beforeApi.includes('@')) ApiServer.fromUrl(beforeApi);
  const [, origin = url, path = ''] = /^([a-z]+:\/\/[^/]*)(\/.*)?$/i.exec(url) ?? [];
  return { endpoint: ApiServer.fromUrl(origin, options), ...ProxyRoute.parse(path) };
}

/** The URL that Flux reads. */
export function printProxyUrl({ endpoint, route, path }: ProxyUrl): string {
  return `${endpoint.url}${route.path(path)}`;
}
