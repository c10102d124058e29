import type { Chart } from 'cdk8s';
import type { ApiServer } from '../../chain/api-server';
import { FluxAio } from '../flux-aio/flux-aio';
import type { FluxAioProps } from '../flux-aio/flux-aio-props';
import { FluxCrds } from '../flux-aio/flux-crds';

/** Options for the {@link FluxAio} of a bundle. */
export interface BundleFlux extends Omit<FluxAioProps, 'apiServer'> {
  /**
   * Whether the bundle contains the CRDs. If not, one {@link FluxCrds} can serve many bundles.
   * @default true
   */
  readonly crds?: boolean;
}

/** Adds Flux to a bundle, and its CRDs in a Chart that is written before the bundle's own. */
export function addFlux(bundle: Chart, { crds = true, ...props }: BundleFlux, apiServer: ApiServer): FluxAio {
  if (crds) new FluxCrds(bundle, 'crds', { version: props.version, labels: bundle.labels });
  return new FluxAio(bundle, 'flux', { ...props, apiServer });
}
