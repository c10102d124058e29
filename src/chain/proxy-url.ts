import { ApiServer, type ApiServerOptions } from './api-server';
import { ProxyRoute } from './proxy-route';

/** A HelmRepository's URL taken apart. */
export interface ProxyUrl {
  readonly endpoint: ApiServer;
  readonly route: ProxyRoute;
  /** Path on the backend, for example `/repos/system`. */
  readonly path: string;
}

/** Annotation of a HelmRepository: the CA certificates (PEM) given for its endpoint. */
export const CA_ANNOTATION = 'eggtooth.dev/certificate-authority';

/** Whether a URL means the API server's proxy, be it well written or not. */
export function meansProxy(url: string): boolean {
  return /\/namespaces\/[^/]*\/(pods|services)\//.test(url);
}

/**
 * Takes the URL of a HelmRepository apart: the reverse of {@link printProxyUrl}.
 * @throws EggtoothError `ERR_EGGTOOTH_URL`, `ERR_EGGTOOTH_CA` or `ERR_EGGTOOTH_ROUTE`
 */
export function parseProxyUrl(url: string, options?: ApiServerOptions): ProxyUrl {
  const [beforeApi = ''] = url.split('/api/', 1);
  // A slash in a password must not make the rest of it a path, which would be printed.
  if (beforeApi.includes('@')) ApiServer.fromUrl(beforeApi);
  const [, origin = url, path = ''] = /^([a-z]+:\/\/[^/]*)(\/.*)?$/i.exec(url) ?? [];
  return { endpoint: ApiServer.fromUrl(origin, options), ...ProxyRoute.parse(path) };
}

/** The URL that Flux reads. */
export function printProxyUrl({ endpoint, route, path }: ProxyUrl): string {
  return `${endpoint.url}${route.path(path)}`;
}
