import type { Chart } from 'cdk8s';
import { EggtoothError } from '../../errors';
import { kustomizationGvk } from '../../kubernetes/flux';
import { BUNDLE_LABEL } from '../../kubernetes/labels';
import type { FluxAio } from '../flux-aio/flux-aio';
import { FluxSync, type FluxSyncOptions } from '../sync/flux-sync';
import type { BundleFlux } from './bundle-flux';

/** Options for the {@link FluxSync} of a bundle. */
export interface BundleSync extends FluxSyncOptions {
  /**
   * Name of the source and of the Kustomization.
   * @default - the name of the bundle, as in its label `eggtooth.dev/bundle`
   */
  readonly name?: string;
  /**
   * Namespace of both: that of Flux.
   * @default - the namespace of the bundle's Flux; `flux-system` if the bundle contains no Flux
   */
  readonly namespace?: string;
}

/**
 * Adds the source and the Kustomization that take over a bundle.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the Flux of the bundle lacks kustomize-controller
 */
export function addSync(
  bundle: Chart,
  { name = `${bundle.labels[BUNDLE_LABEL]}`, namespace, ...options }: BundleSync,
  { aio, controllers }: { readonly aio?: FluxAio } & Pick<BundleFlux, 'controllers'>,
): FluxSync {
  const place = { name, namespace: namespace ?? aio?.namespace ?? 'flux-system' };
  if (controllers !== undefined && !controllers.includes('kustomize-controller')) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', 'the Flux of the bundle has no kustomize-controller to apply it', {
      fix: 'add kustomize-controller to flux.controllers, or remove sync',
      object: { ...kustomizationGvk, ...place },
    });
  }
  return new FluxSync(bundle, 'sync', { ...options, ...place });
}
