import { EggtoothError } from '../../errors';
import type { ObjectReference } from '../../kubernetes/kube-object';
import type { FluxAioOptions } from './flux-aio-props';
import { fluxControllers } from './flux-controllers';
import { fluxReleases } from './flux-releases';

/**
 * Refuses what the types refuse, for those who come from JavaScript, and what no type can tell.
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
    refuse(`Flux ${version} is not known here`, `take one of ${Object.keys(fluxReleases).join(', ')}`);
  }
  const known: readonly string[] = fluxControllers;
  const unknown = [...controllers, ...Object.keys(options)].find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`${unknown} is no controller of Flux`, `choose from ${known.join(', ')}`);
  if (!controllers.includes('source-controller')) {
    refuse(
      `the controllers ${controllers.join(', ') || '(none)'} lack source-controller, and nothing would read the charts`,
      'add source-controller',
    );
  }
}
