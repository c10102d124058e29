import type { Chart } from 'cdk8s';
import type { ApiServer } from '../../chain/api-server';
import { FluxAio } from '../flux-aio/flux-aio';
import type { FluxAioProps } from '../flux-aio/flux-aio-props';
import { FluxCrds } from '../flux-aio/flux-crds';

/** The Flux of a bundle; its API server is the bundle's. */
export interface BundleFlux extends Omit<FluxAioProps, 'apiServer'> {
  /**
   * Whether the CRDs are in the bundle. Where they are not, {@link FluxCrds} brings them, once for many bundles.
   * @default true
   */
  readonly crds?: boolean;
}

/** Puts Flux into a bundle, its CRDs in a Chart that comes before the bundle's own. */
export function addFlux(bundle: Chart, { crds = true, ...props }: BundleFlux, apiServer: ApiServer): FluxAio {
  if (crds) new FluxCrds(bundle, 'crds', { version: props.version, labels: bundle.labels });
  return new FluxAio(bundle, 'flux', { ...props, apiServer });
}
