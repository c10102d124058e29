import { EggtoothError } from '../../errors';
import type { ObjectReference } from '../../kubernetes/kube-object';
import type { FluxAioOptions } from './flux-aio-props';
import { fluxControllers } from './flux-controllers';
import { isKnownFlux, printReleases } from './flux-releases';

/**
 * Rejects invalid options: those that the types reject too, for users of JavaScript, and those that no type can express.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertFluxOptions(
  { version, controllers = fluxControllers, options = {} }: FluxAioOptions & { readonly version: string },
  object: ObjectReference,
): void {
  const refuse = (problem: string, fix: string) => {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', problem, { fix, object });
  };
  // The value of a label of the pod.
  if (object.name.length > 63)
    refuse(`invalid name: ${JSON.stringify(object.name)}`, 'use a name of at most 63 characters');
  assertFluxVersion(version, object);
  const known: readonly string[] = fluxControllers;
  const unknown = [...controllers, ...Object.keys(options)].find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`unknown controller: ${unknown}`, `use some of ${known.join(', ')}`);
  if (!controllers.includes('source-controller')) {
    refuse(
      `source-controller is missing: ${controllers.join(', ') || 'there are no controllers'}`,
      'add source-controller, which reads the charts',
    );
  }
  const missing = isKnownFlux(version) ? [] : controllers.filter((name) => options[name]?.image === undefined);
  if (missing.length > 0) {
    refuse(
      `eggtooth has no images of Flux ${version}: ${missing.join(', ')}`,
      `set the option image of each of them, or use one of the releases ${printReleases()}`,
    );
  }
}

/**
 * Rejects what is not the version of a release.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertFluxVersion(version: string, object?: ObjectReference): void {
  if (isKnownFlux(version) || /^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version)) return;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `invalid Flux release: ${version}`, {
    fix: `use one of ${printReleases()}, or another version such as 2.11.0 with its own images and CRDs`,
    object,
  });
}
