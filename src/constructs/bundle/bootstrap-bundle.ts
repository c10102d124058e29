import { type ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import { helmReleaseGvk } from '../../kubernetes/flux';
import { CertificateRenewal } from '../certificate/certificate-renewal';
import type { AssetsReader } from '../charts/assets-reader';
import type { AssetsServer } from '../charts/assets-server';
import { ChartRelease } from '../charts/chart-release';
import type { FluxAio } from '../flux-aio/flux-aio';
import type { BootstrapBundleProps } from './bootstrap-bundle-props';
import { addFlux } from './bundle-flux';
import { assertOwnFile, unusedId } from './bundle-name';
import { addNamespaces } from './bundle-namespaces';
import { type BundledRepository, type ChartSource, chartSourceOf } from './chart-source';

/**
 * The bundle: everything that lets Flux read charts on a cluster without CNI and kube-proxy, in the order in which it is
 * applied. CRDs are a Chart of their own, so cdk8s writes them to a file before the others. The names of Role, user and
 * Secret follow from the assets server's: `NAME-reader` and `NAME-tls`.
 *
 * Namespaces are part of it, but for those that every cluster has; those of the assets server and of Flux allow the host
 * network (pod-security.kubernetes.io/enforce: privileged).
 *
 * @example
 * ```ts
 * const app = new App();
 * new BootstrapBundle(app, 'bundle', {
 *   apiServer: ApiServer.fromUrl('https://example.org:6443'),
 *   namespace: 'cozy-system',
 *   assets: { image: 'registry.example/assets:1', args: ['-address=:8123'], port: 8123 },
 *   repositories: [{ name: 'system', path: '/repos/system' }],
 *   flux: {},
 * });
 * app.synth();
 * ```
 */
export class BootstrapBundle extends Chart {
  /** The Namespaces, by name. */
  readonly namespaces: ReadonlyMap<string, ApiObject>;
  /** Flux, if it is part of the bundle. */
  readonly flux?: FluxAio;
  /** The HelmRepositories, in the order of the props. */
  readonly repositories: readonly BundledRepository[];
  /** The HelmReleases, in the order of the props. */
  readonly releases: readonly ChartRelease[];
  /** The renewal of the certificate, if it is part of the bundle. */
  readonly renewal?: CertificateRenewal;
  private readonly source: ChartSource;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if another bundle of the App has the id or the file, or if options exclude
   * each other; and what its parts throw
   */
  constructor(scope: Construct, id: string, props: BootstrapBundleProps) {
    super(scope, unusedId(scope, id), { ...props, namespace: undefined });
    assertOwnFile(this);
    const { apiServer, namespace, localhost } = props;
    const repositories = props.repositories.map((repository) => ({ namespace, ...repository }));
    const releases = (props.releases ?? []).map((release) => ({ namespace, ...release }));
    this.flux = props.flux && addFlux(this, props.flux, apiServer);
    const names = [namespace, ...[...repositories, ...releases].map((one) => one.namespace)];
    this.namespaces = addNamespaces(this, names, this.flux, localhost === 'sidecar' ? undefined : namespace);
    this.source = chartSourceOf(this, props, this.flux);
    const byPath = new Map(
      repositories.map((one) => [
        `${one.namespace}/${one.name}`,
        this.source.repository(`repository-${one.namespace}-${one.name}`, one),
      ]),
    );
    this.repositories = [...byPath.values()];
    if (props.renewal) {
      if (this.source.reader === undefined) this.lacks('certificate to renew');
      this.renewal = new CertificateRenewal(this, 'renewal', {
        ...props.renewal,
        name: `${this.server.name}-renewal`,
        namespace,
        repositories: this.repositories.filter((one) => 'reader' in one),
      });
    }
    this.releases = releases.map(
      ({ repository, chart, version, ...release }) =>
        new ChartRelease(this, `release-${release.namespace}-${release.name}`, {
          ...release,
          chart: { repository: find(byPath, repository, release), name: chart ?? release.name, version },
        }),
    );
  }

  /**
   * StatefulSet and Service.
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the server is a sidecar of Flux
   */
  get server(): AssetsServer {
    return this.source.server ?? this.lacks('server');
  }

  /**
   * Role and RoleBinding.
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the charts are read on localhost
   */
  get reader(): AssetsReader {
    return this.source.reader ?? this.lacks('reader');
  }

  private lacks(part: string): never {
    throw new EggtoothError(
      'ERR_EGGTOOTH_OPTION',
      `the bundle ${this.node.path} reads on localhost and has no ${part}`,
      {
        fix: 'leave localhost out, and it has one',
      },
    );
  }
}

function find(
  repositories: ReadonlyMap<string, BundledRepository>,
  wanted: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): BundledRepository {
  const found = [...repositories].filter(([path]) => path === wanted || path.split('/')[1] === wanted);
  if (found[0] !== undefined && found.length === 1) return found[0][1];
  const problem = found.length === 0 ? 'no repository of the bundle is' : 'several repositories of the bundle are';
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `${problem} ${JSON.stringify(wanted)}`, {
    fix: `name one of ${[...repositories.keys()].join(', ')}`,
    object: { ...helmReleaseGvk, namespace, name },
  });
}
