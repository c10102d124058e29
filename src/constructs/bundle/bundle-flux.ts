import type { Chart } from 'cdk8s';
import type { ApiServer } from '../../chain/api-server';
import { FluxAio } from '../flux-aio/flux-aio';
import type { FluxAioProps } from '../flux-aio/flux-aio-props';
import { fluxControllers } from '../flux-aio/flux-controllers';
import { FluxCrds, type FluxCrdsProps } from '../flux-aio/flux-crds';

/** Options for the {@link FluxAio} of a bundle. */
export interface BundleFlux extends Omit<FluxAioProps, 'apiServer'> {
  /**
   * Whether the bundle contains the CRDs. If not, one {@link FluxCrds} can serve many bundles. For a release that eggtooth
   * does not know: the CRDs as objects, or their file; see {@link FluxCrdsProps.crds}.
   * @default true
   */
  readonly crds?: boolean | FluxCrdsProps['crds'];
}

/** Adds Flux to a bundle, and its CRDs in a Chart that is written before the bundle's own. */
export function addFlux(bundle: Chart, { crds = true, ...props }: BundleFlux, apiServer: ApiServer): FluxAio {
  const { version, controllers = fluxControllers } = props;
  if (crds !== false) {
    const given = crds === true ? undefined : crds;
    new FluxCrds(bundle, 'crds', { version, crds: given, controllers, labels: bundle.labels });
  }
  return new FluxAio(bundle, 'flux', { ...props, apiServer });
}
