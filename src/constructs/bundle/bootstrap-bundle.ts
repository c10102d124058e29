import { type ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import { helmReleaseGvk } from '../../kubernetes/flux';
import { CertificateRenewal } from '../certificate/certificate-renewal';
import { DEFAULT_ASSETS } from '../charts/assets-container';
import type { AssetsReader } from '../charts/assets-reader';
import type { AssetsServer } from '../charts/assets-server';
import { ChartRelease, type ChartReleaseProps } from '../charts/chart-release';
import type { FluxAio } from '../flux-aio/flux-aio';
import type { FluxSync } from '../sync/flux-sync';
import { assertProps } from './assert-props';
import type { BootstrapBundleProps, BundleRelease } from './bootstrap-bundle-props';
import { addFlux } from './bundle-flux';
import { assertDistinct, assertOwnFile, bundleLabels, objectId, unusedId } from './bundle-name';
import { addNamespaces } from './bundle-namespaces';
import { addRepository, type BundledRepository } from './bundle-repository';
import { addSync } from './bundle-sync';
import { type ChartSource, chartSourceOf } from './chart-source';

/**
 * A Chart with everything that Flux needs to read charts on a cluster without CNI and kube-proxy, in the order in which it
 * is applied. The CRDs are in a Chart of their own, which cdk8s writes to an earlier file. Role, user and Secret are named
 * after the assets server: `NAME-reader` and `NAME-tls`.
 *
 * It contains the Namespaces, except those that every cluster has. The Namespaces of the assets server and of Flux allow
 * the host network (pod-security.kubernetes.io/enforce: privileged).
 *
 * Charts can come from their upstream repositories and from OCI registries, beside those of an assets server or without one.
 * A bundle without `assets` has no reader and no certificate.
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
 *
 * @example
 * ```ts
 * const apiServer = ApiServer.fromUrl('https://example.org:6443');
 * new BootstrapBundle(app, 'upstream', {
 *   apiServer,
 *   namespace: 'kube-system',
 *   repositories: [{ name: 'cilium', url: 'https://helm.cilium.io' }],
 *   flux: {},
 *   releases: [{ name: 'cilium', repository: 'cilium', version: '1.20.x', values: { k8sServiceHost: apiServer.host } }],
 * });
 * ```
 */
export class BootstrapBundle extends Chart {
  /** The Namespaces by their names. */
  readonly namespaces: ReadonlyMap<string, ApiObject>;
  /** Flux, if the bundle contains it. */
  readonly flux?: FluxAio;
  /** The HelmRepositories and OCIRepositories, in the order of the props. */
  readonly repositories: readonly BundledRepository[];
  /** The HelmReleases, in the order of the props. */
  readonly releases: readonly ChartRelease[];
  /** The renewal of the certificate, if the bundle contains it. */
  readonly renewal?: CertificateRenewal;
  /** What hands the bundle over to Git or OCI, if the bundle contains it. */
  readonly sync?: FluxSync;
  /** The assets server, if the bundle contains it, and how Flux reads from it. */
  private readonly source?: ChartSource;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if another bundle of the App has the same id or file, if a required prop is
   * missing, or if options exclude each other; any error of its parts
   */
  constructor(scope: Construct, id: string, props: BootstrapBundleProps) {
    assertProps(id, props.apiServer, { repositories: props.repositories, releases: props.releases ?? [] });
    const labels = bundleLabels(...mainObject(props), props.labels);
    super(scope, unusedId(scope, id), { ...props, namespace: undefined, labels });
    assertOwnFile(this);
    const { apiServer, namespace, assets, localhost } = props;
    const repositories = props.repositories.map((one) => ({ ...one, namespace: one.namespace ?? namespace }));
    const releases = (props.releases ?? []).map((one) => ({ ...one, namespace: one.namespace ?? namespace }));
    assertDistinct(this, 'repositories', repositories);
    assertDistinct(this, 'releases', releases);
    this.flux = props.flux && addFlux(this, props.flux, apiServer);
    const names = [namespace, ...[...repositories, ...releases].map((one) => one.namespace)];
    const hasServer = assets !== undefined && localhost !== 'sidecar';
    this.namespaces = addNamespaces(this, names, this.flux, hasServer ? namespace : undefined);
    this.source = chartSourceOf(this, props, this.flux);
    const byPath = new Map(
      repositories.map((one) => [
        `${one.namespace}/${one.name}`,
        addRepository(this, objectId(this, 'repository', one), one, this.source?.repository),
      ]),
    );
    this.repositories = [...byPath.values()];
    if (props.renewal) {
      if (this.source?.reader === undefined) this.lacks('certificate to renew');
      this.renewal = new CertificateRenewal(this, 'renewal', {
        ...props.renewal,
        name: `${this.server.name}-renewal`,
        namespace,
        repositories: this.repositories.filter((one) => 'reader' in one),
      });
    }
    this.releases = releases.map(
      ({ repository, chart, version, ...release }) =>
        new ChartRelease(this, objectId(this, 'release', release), {
          ...release,
          chart: chartOf({ repository, chart, version, ...release }, byPath),
        }),
    );
    this.sync = props.sync && addSync(this, props.sync, { ...props.flux, aio: this.flux });
  }

  /**
   * The assets server.
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if it is a sidecar of Flux, or the bundle has no `assets`
   */
  get server(): AssetsServer {
    return this.source?.server ?? this.lacks('server');
  }

  /**
   * The reader of the charts.
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if Flux reads on localhost, or the bundle has no `assets`
   */
  get reader(): AssetsReader {
    return this.source?.reader ?? this.lacks('reader');
  }

  private lacks(part: string): never {
    const [kind, fix] =
      this.source === undefined ? ['without assets', 'set assets'] : ['that reads on localhost', 'remove localhost'];
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `a bundle ${kind} has no ${part}: ${this.node.path}`, { fix });
  }
}

/** The object that a bundle is named after: its assets server, or else its first source. */
function mainObject({ namespace, assets, repositories: [first] }: BootstrapBundleProps): [string, string] {
  if (assets !== undefined) return [namespace, assets.name ?? DEFAULT_ASSETS];
  return first === undefined ? [namespace, 'flux'] : [first.namespace ?? namespace, first.name];
}

/** The chart of a release: one in a HelmRepository, or the one that an OCIRepository is. */
function chartOf(
  release: BundleRelease & { readonly namespace: string },
  repositories: ReadonlyMap<string, BundledRepository>,
): ChartReleaseProps['chart'] {
  const { repository: wanted, chart, version, namespace, name } = release;
  const repository = wanted instanceof Object ? wanted : find(repositories, wanted, release);
  if (!('chartRef' in repository)) return { repository, name: chart ?? name, version };
  for (const [field, value] of Object.entries({ chart, version })) {
    if (value === undefined) continue;
    const fix =
      field === 'chart' ? 'remove chart' : `remove version, and set that of the repository ${JSON.stringify(wanted)}`;
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `an OCIRepository is one version of one chart: invalid ${field}`, {
      fix,
      object: { ...helmReleaseGvk, namespace, name },
    });
  }
  return repository.chartRef;
}

function find(
  repositories: ReadonlyMap<string, BundledRepository>,
  wanted: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): BundledRepository {
  const found = [...repositories].filter(([path]) => path === wanted || path.split('/')[1] === wanted);
  if (found[0] !== undefined && found.length === 1) return found[0][1];
  const problem = found.length === 0 ? 'no repository of the bundle' : 'several repositories of the bundle';
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `${problem} with this name: ${JSON.stringify(wanted)}`, {
    fix: `use one of ${[...repositories.keys()].join(', ')}`,
    object: { ...helmReleaseGvk, namespace, name },
  });
}
