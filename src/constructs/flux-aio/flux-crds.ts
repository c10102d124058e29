import { Chart, type ChartProps } from 'cdk8s';
import type { Construct } from 'constructs';
import { ManifestObject } from '../manifest-object';
import { type FluxVersion, newestFlux } from './flux-releases';
import { fluxCrds } from './load-crds';

/** Props of {@link FluxCrds}. */
export interface FluxCrdsProps extends Omit<ChartProps, 'namespace'> {
  /** @default '2.9.5' */
  readonly version?: FluxVersion;
}

/**
 * The CRDs of a release of Flux, as upstream ships them, in a Chart of their own: they have to be established before
 * anything else of Flux is applied. {@link BootstrapBundle} brings them; one Chart of them serves any number of bundles.
 *
 * @example
 * ```ts
 * new FluxCrds(app, 'flux-crds', { version: '2.8.8' });
 * ```
 */
export class FluxCrds extends Chart {
  constructor(scope: Construct, id: string, { version = newestFlux, ...props }: FluxCrdsProps = {}) {
    super(scope, id, props);
    for (const crd of fluxCrds(version)) new ManifestObject(this, crd.metadata.name ?? '', crd);
  }
}
