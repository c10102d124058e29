import { type ApiObject, JsonPatch, resolve } from 'cdk8s';
import type { Construct } from 'constructs';
import { EXISTING_ANNOTATION, existingEntry } from '../../chain/existing-objects';
import { EggtoothError } from '../../errors';
import { DEFAULT_INTERVAL, helmReleaseGvk, helmRepositoryGvk } from '../../kubernetes/flux';
import type { HelmReleaseManifest } from '../../kubernetes/flux-manifests';
import { validateChain } from '../chain-validation';
import { isPlain, ManifestObject } from '../manifest-object';
import type { AssetsRepository } from './assets-repository';
import type { LocalRepository } from './local-repository';
import type { UpstreamRepository } from './upstream-repository';

/** A source on the cluster that the App does not create, for the chart of a HelmRelease. */
export interface ExistingSource {
  /**
   * Kind of the source.
   * @default 'HelmRepository'
   */
  readonly kind?: 'HelmRepository' | 'GitRepository' | 'Bucket';
  /** Name of the source. */
  readonly name: string;
  /** Namespace of the source. */
  readonly namespace: string;
  /** States that the cluster has it, so that the rule `release-source` does not look for it in the bundle. */
  readonly exists: true;
}

/** A chart in a HelmRepository. */
export interface RepositoryChart {
  /** The HelmRepository, or a source that is on the cluster already. */
  readonly repository: AssetsRepository | LocalRepository | UpstreamRepository | ExistingSource;
  /** Name of the chart, or its path in a GitRepository or Bucket. */
  readonly name: string;
  /**
   * Version of the chart, or a range of versions.
   * @default - the newest version
   */
  readonly version?: string;
}

/** A chart that is an object of Flux (spec.chartRef). */
export interface ChartReference {
  /** Kind of the object. */
  readonly kind: 'ExternalArtifact' | 'OCIRepository' | 'HelmChart';
  /** Name of the object. */
  readonly name: string;
  /** Namespace of the object. */
  readonly namespace: string;
  /**
   * Whether it is on the cluster already: the rule `release-source` then does not look for it in the bundle.
   * @default false
   */
  readonly exists?: boolean;
}

/** A HelmRelease that another one waits for. */
export type ReleaseDependency = NonNullable<HelmReleaseManifest['spec']['dependsOn']>[number] & {
  /**
   * Whether it is on the cluster already: the rule `release-depends-on` then does not look for it in the bundle.
   * @default false
   */
  readonly exists?: boolean;
};

/** Options for a HelmRelease, whatever its chart source is. */
export interface ReleaseOptions {
  /** Name of the HelmRelease. */
  readonly name: string;
  /**
   * Values for the chart. `null` removes a default of the chart.
   * @default - the defaults of the chart
   */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * ConfigMaps and Secrets with values for the chart, in the namespace of the HelmRelease. `values` are merged into them
   * (spec.valuesFrom).
   * @default - none
   */
  readonly valuesFrom?: HelmReleaseManifest['spec']['valuesFrom'];
  /**
   * How often Flux compares the cluster with the chart, as a Go duration with ms, s, m and h (spec.interval).
   * @default '5m0s'
   */
  readonly interval?: string;
  /**
   * How long one attempt to install or upgrade may take, as a Go duration with ms, s, m and h. On a new node it includes
   * the time to pull the images (spec.timeout).
   * @default '15m'
   */
  readonly timeout?: string;
  /**
   * How Flux installs the chart (spec.install). Without a `strategy` and a `remediation`, a failed installation is retried
   * indefinitely, every 30 seconds; the retry is an upgrade.
   * @default - the strategy RetryOnFailure with a retryInterval of 30s
   */
  readonly install?: HelmReleaseManifest['spec']['install'];
  /**
   * How Flux upgrades the chart (spec.upgrade). Without a `strategy` and a `remediation`, a failed upgrade is retried
   * indefinitely, every 30 seconds. Without `crds`, the CRDs of the chart are upgraded too.
   * @default - the strategy RetryOnFailure with a retryInterval of 30s, and crds CreateReplace
   */
  readonly upgrade?: HelmReleaseManifest['spec']['upgrade'];
  /**
   * HelmReleases that must be Ready before this one is installed or upgraded (spec.dependsOn).
   * @default - none
   */
  readonly dependsOn?: readonly ReleaseDependency[];
  /**
   * Whether Flux leaves the HelmRelease alone until it is resumed, for example by `flux resume` (spec.suspend).
   * @default false
   */
  readonly suspend?: boolean;
  /**
   * What Flux does about changes of the release's objects that others make (spec.driftDetection).
   * @default - it does not look for them
   */
  readonly driftDetection?: HelmReleaseManifest['spec']['driftDetection'];
  /**
   * Changes to the objects of the chart before they are applied (spec.postRenderers).
   * @default - none
   */
  readonly postRenderers?: HelmReleaseManifest['spec']['postRenderers'];
  /**
   * Other fields of the HelmRelease's spec.
   * @default - none
   */
  readonly spec?: Readonly<
    Partial<Omit<HelmReleaseManifest['spec'], 'chart' | 'chartRef' | Exclude<keyof ReleaseOptions, 'name' | 'spec'>>>
  >;
}

/** Props of {@link ChartRelease}. */
export interface ChartReleaseProps extends ReleaseOptions {
  /** Namespace of the HelmRelease, and of its objects unless `spec.targetNamespace` is set. */
  readonly namespace: string;
  /** The chart to install: by its name in a repository, or as an object of Flux, such as `chartRef` of an {@link OciChart}. */
  readonly chart: RepositoryChart | ChartReference;
}

/**
 * A HelmRelease (helm.toolkit.fluxcd.io/v2): a chart that Flux installs, such as the CNI of the cluster.
 *
 * @example
 * ```ts
 * new ChartRelease(chart, 'cilium', {
 *   name: 'cilium',
 *   namespace: 'kube-system',
 *   chart: { repository, name: 'cilium' },
 *   values: { kubeProxyReplacement: true },
 * });
 * ```
 */
export class ChartRelease extends ManifestObject {
  readonly #spec: HelmReleaseManifest['spec'];
  /** What the first patch makes of the spec, unless cdk8s renders it as it is. */
  readonly #rendered?: Record<string, unknown>;

  constructor(scope: Construct, id: string, props: ChartReleaseProps) {
    const { name, namespace } = props;
    const manifest: HelmReleaseManifest = {
      ...helmReleaseGvk,
      metadata: { name, namespace, ...existingObjects(props) },
      spec: specOf(props),
    };
    super(scope, id, manifest);
    this.#spec = manifest.spec;
    if (!isPlain(this.#spec)) {
      this.#rendered = {};
      this.addJsonPatch(JsonPatch.replace('/spec', this.#rendered));
    }
    validateChain(this);
  }

  /**
   * Renders the object to what is written to YAML, with every null: cdk8s omits it, and for Helm it removes a default.
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if YAML has no form for a value
   */
  override toJson(): ReturnType<ApiObject['toJson']> {
    if (this.#rendered !== undefined) {
      // A Lazy can contain null too, and is known only now.
      const spec = withNulls(resolve(['spec'], this.#spec, this), 'spec') as Readonly<Record<string, unknown>>;
      for (const key of Object.keys(this.#rendered)) delete this.#rendered[key];
      Object.assign(this.#rendered, spec);
    }
    return super.toJson();
  }

  /** The HelmRelease: this construct. */
  get apiObject(): ApiObject {
    return this;
  }
}

function specOf({
  name: _,
  namespace: __,
  chart,
  values,
  dependsOn,
  spec,
  ...options
}: ChartReleaseProps): HelmReleaseManifest['spec'] {
  const { interval = DEFAULT_INTERVAL, timeout = '15m', ...others } = options;
  const given: Partial<HelmReleaseManifest['spec']> = { ...spec, ...others };
  return {
    interval,
    timeout,
    ...given,
    install: retried(given.install),
    upgrade: { crds: 'CreateReplace', ...retried(given.upgrade) },
    ...(dependsOn && { dependsOn: dependsOn.map(({ exists, ...dependency }) => dependency) }),
    ...sourceOf(chart),
    ...(values && { values }),
  };
}

/**
 * On a new cluster the first attempts may fail, for example because images have to be pulled. By default, helm-controller
 * gives up after one. Whoever sets a remediation wants the default strategy: with another one it has no effect.
 */
function retried<
  T extends NonNullable<HelmReleaseManifest['spec']['install'] | HelmReleaseManifest['spec']['upgrade']>,
>(action?: T): T {
  const strategy = { name: 'RetryOnFailure', retryInterval: '30s' };
  return { ...(action?.remediation === undefined && { strategy }), ...action } as T;
}

function sourceOf(chart: ChartReleaseProps['chart']): Pick<HelmReleaseManifest['spec'], 'chart' | 'chartRef'> {
  if (!('repository' in chart)) return { chartRef: referenceOf(chart) };
  const { repository, name, version } = chart;
  return {
    chart: { spec: { chart: name, sourceRef: sourceRefOf(repository), ...(version !== undefined && { version }) } },
  };
}

function referenceOf({ kind, name, namespace }: ChartReference) {
  return { kind, name, namespace };
}

function sourceRefOf(repository: RepositoryChart['repository']) {
  const { name } = repository;
  if ('exists' in repository)
    return { kind: repository.kind ?? helmRepositoryGvk.kind, name, namespace: repository.namespace };
  const { namespace } = repository.metadata;
  return { kind: helmRepositoryGvk.kind, name, ...(namespace && { namespace }) };
}

/** The annotation that names what the cluster has already; none if the release refers to nothing like that. */
function existingObjects({ namespace, chart, dependsOn = [] }: ChartReleaseProps) {
  const source = 'repository' in chart ? chart.repository : chart;
  const reference = 'repository' in chart ? sourceRefOf(chart.repository) : referenceOf(chart);
  const entries = [
    ...('exists' in source && source.exists ? [{ namespace, ...reference }] : []),
    ...dependsOn
      .filter(({ exists }) => exists)
      .map((one) => ({ ...one, namespace: one.namespace ?? namespace, kind: helmReleaseGvk.kind })),
  ].map(existingEntry);
  return entries.length > 0 && { annotations: { [EXISTING_ANNOTATION]: entries.join(',') } };
}

/** What cdk8s makes of a resolved value, but with null: no undefined field, and the keys in its order. */
function withNulls(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((entry = null, index) => withNulls(entry, `${path}[${index}]`));
  if (typeof value !== 'object' || value.constructor !== Object) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `no value of YAML: ${path}`, {
      fix: 'use strings, finite numbers, booleans, null, lists and plain objects',
    });
  }
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  if (!process.env.CDK8S_DISABLE_SORT) entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, withNulls(entry, `${path}.${key}`)]));
}
