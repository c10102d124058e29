import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ApiServer } from './api-server';
import { AssetsReader } from './assets-reader';
import { AssetsRepository, type AssetsRepositoryOptions } from './assets-repository';
import { AssetsServer, type AssetsServerProps } from './assets-server';
import { assertOwnFile, unusedId } from './bundle-name';
import type { NamespaceManifest } from './k8s';
import type { ProxyRoute } from './proxy-route';

/** The assets server of a {@link BootstrapBundle}; its namespace is the bundle's. */
export type BundleAssets = Omit<AssetsServerProps, 'namespace'>;

/** A HelmRepository of a {@link BootstrapBundle}. */
export interface BundleRepository extends AssetsRepositoryOptions {
  /** @default - the bundle's namespace */
  readonly namespace?: string;
}

/** Props of {@link BootstrapBundle}. */
export interface BootstrapBundleProps {
  /** Where Flux finds the API server. */
  readonly apiServer: ApiServer;
  /** Namespace of the assets server and its reader. */
  readonly namespace: string;
  /** The server that holds the charts. */
  readonly assets: BundleAssets;
  /** The chart repositories on it. */
  readonly repositories: readonly BundleRepository[];
  /**
   * The way through the API server to the charts.
   * @default - to the server's pod, its port spelled: `(server) => server.podRoute()`
   */
  readonly route?: (server: AssetsServer) => ProxyRoute;
}

/**
 * The bundle: everything that lets Flux read charts on a cluster without CNI and kube-proxy, in one file of YAML. The
 * names of Role, user and Secret follow from the assets server's: `NAME-reader` and `NAME-tls`.
 *
 * Namespaces are part of it, but for those that every cluster has; the one of the assets server allows the host network
 * (pod-security.kubernetes.io/enforce: privileged).
 *
 * @example
 * ```ts
 * const app = new App();
 * new BootstrapBundle(app, 'bundle', {
 *   apiServer: ApiServer.fromUrl('https://example.org:6443'),
 *   namespace: 'cozy-system',
 *   assets: { image: 'registry.example/assets:1', args: ['-address=:8123'], port: 8123 },
 *   repositories: [{ name: 'system', path: '/repos/system' }],
 * });
 * app.synth();
 * ```
 */
export class BootstrapBundle extends Chart {
  /** The Namespaces, by name. */
  readonly namespaces: ReadonlyMap<string, ApiObject>;
  /** StatefulSet and Service. */
  readonly server: AssetsServer;
  /** Role and RoleBinding. */
  readonly reader: AssetsReader;
  /** The HelmRepositories, in the order of the props. */
  readonly repositories: readonly AssetsRepository[];

  /** @throws EggtoothError `ERR_EGGTOOTH_OPTION` if another bundle of the App has the id or the file */
  constructor(scope: Construct, id: string, props: BootstrapBundleProps) {
    super(scope, unusedId(scope, id));
    assertOwnFile(this);
    const { apiServer, namespace, assets, route = (server) => server.podRoute() } = props;
    const repositories = props.repositories.map((repository) => ({ namespace, ...repository }));
    this.namespaces = this.addNamespaces(namespace, new Set(repositories.map((repository) => repository.namespace)));
    this.server = new AssetsServer(this, 'server', { namespace, ...assets });
    this.reader = new AssetsReader(this, 'reader', {
      name: `${this.server.name}-reader`,
      secretName: `${this.server.name}-tls`,
      route: route(this.server),
    });
    this.repositories = repositories.map(
      (repository) =>
        new AssetsRepository(this, `repository-${repository.namespace}-${repository.name}`, {
          ...repository,
          apiServer,
          reader: this.reader,
        }),
    );
  }

  private addNamespaces(server: string, readers: ReadonlySet<string>): ReadonlyMap<string, ApiObject> {
    const names = [...new Set([server, ...readers])].filter((name) => name !== 'default' && !name.startsWith('kube-'));
    return new Map(
      names.map((name) => {
        const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
        const manifest: NamespaceManifest = {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name, ...(name === server && { labels }) },
        };
        return [name, new ApiObject(this, `namespace-${name}`, manifest)];
      }),
    );
  }
}
