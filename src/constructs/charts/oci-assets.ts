import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { ociRepositoryGvk } from '../../kubernetes/flux';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import type { ArtifactSource } from './artifact-source';
import { type OciSourceOptions, ociRepository } from './oci-source';

/** Options for {@link OciAssets}. */
export interface OciAssetsOptions extends OciSourceOptions {}

/** Props of {@link OciAssets}. */
export interface OciAssetsProps extends OciAssetsOptions {
  /** Namespace of the OCIRepository, and of the Secrets and the ServiceAccount that it names. */
  readonly namespace: string;
}

/**
 * An OCIRepository (source.toolkit.fluxcd.io/v1): an artifact with charts in a registry, which Flux reads without the API
 * server's proxy and without a certificate. {@link ChartArtifacts} extracts the charts. For an artifact that is one chart,
 * as `helm push` makes it, use {@link OciChart}.
 *
 * @example
 * ```ts
 * new OciAssets(chart, 'assets', {
 *   name: 'platform',
 *   namespace: 'platform',
 *   url: 'oci://registry.example/platform/charts',
 *   version: { digest: 'sha256:0123…' },
 * });
 * ```
 */
export class OciAssets extends ManifestObject {
  /** The OCIRepository as a source of an ArtifactGenerator. Its alias is its name. */
  readonly source: ArtifactSource;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if Flux would refuse an option or ignore it, `ERR_EGGTOOTH_OPTION` if a name
   * is invalid
   */
  constructor(scope: Construct, id: string, props: OciAssetsProps) {
    super(scope, id, ociRepository(props));
    const { name, namespace } = props;
    this.source = { alias: name, kind: ociRepositoryGvk.kind, name, namespace };
    validateChain(this);
  }

  /** The OCIRepository: this construct. */
  get apiObject(): ApiObject {
    return this;
  }
}
