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

/** Whether a URL is meant to lead through the API server's proxy, valid or not. */
export function meansProxy(url: string): boolean {
  return /\/namespaces\/[^/]*\/(pods|services)\//.test(url);
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
