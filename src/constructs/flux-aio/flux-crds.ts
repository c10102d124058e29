import { Chart, type ChartProps } from 'cdk8s';
import type { Construct } from 'constructs';
import { ManifestObject } from '../manifest-object';
import { type FluxVersion, newestFlux } from './flux-releases';
import { fluxCrds } from './load-crds';

/** Props of {@link FluxCrds}. */
export interface FluxCrdsProps extends Omit<ChartProps, 'namespace'> {
  /**
   * Release of Flux.
   * @default '2.9.5'
   */
  readonly version?: FluxVersion;
}

/**
 * A Chart with the CRDs of a Flux release, as Flux publishes them. They must be established before anything else of Flux is
 * applied. A {@link BootstrapBundle} contains them by default; one Chart can also serve any number of bundles.
 *
 * @example
 * ```ts
 * new FluxCrds(app, 'flux-crds', { version: '2.8.8' });
 * ```
 */
export class FluxCrds extends Chart {
  /** @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the release is unknown, `ERR_EGGTOOTH_FILE` if its CRDs are missing */
  constructor(scope: Construct, id: string, { version = newestFlux, ...props }: FluxCrdsProps = {}) {
    super(scope, id, props);
    for (const crd of fluxCrds(version)) new ManifestObject(this, crd.metadata.name ?? '', crd);
  }
}
