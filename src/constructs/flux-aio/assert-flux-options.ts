import { EggtoothError } from '../../errors';
import type { ObjectReference } from '../../kubernetes/kube-object';
import type { FluxAioOptions } from './flux-aio-props';
import { fluxControllers } from './flux-controllers';
import { fluxReleases } from './flux-releases';

/**
 * Rejects invalid options: those that the types reject too, for users of JavaScript, and those that no type can express.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertFluxOptions(
  { version, controllers = fluxControllers, options = {} }: FluxAioOptions,
  object: ObjectReference,
): void {
  const refuse = (problem: string, fix: string) => {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', problem, { fix, object });
  };
  if (version === undefined || !Object.hasOwn(fluxReleases, version)) {
    refuse(`unsupported Flux release: ${version}`, `use one of ${Object.keys(fluxReleases).join(', ')}`);
  }
  const known: readonly string[] = fluxControllers;
  const unknown = [...controllers, ...Object.keys(options)].find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`unknown controller: ${unknown}`, `use some of ${known.join(', ')}`);
  if (!controllers.includes('source-controller')) {
    refuse(
      `source-controller is missing: ${controllers.join(', ') || 'there are no controllers'}`,
      'add source-controller, which reads the charts',
    );
  }
}
