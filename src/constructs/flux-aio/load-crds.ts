import { EggtoothError } from '../../errors';
import type { KubeObject } from '../../kubernetes/kube-object';
import { type FluxVersion, fluxReleases } from './flux-releases';

interface CrdList {
  readonly items: readonly KubeObject[];
}

/**
 * The CRDs of each release, loaded when they are needed. The paths are literals, because bundlers only find what is
 * required by a literal. They lead to crds/ beside src/ in a checkout, and beside the compiled src/ in the package.
 */
const LISTS: Readonly<Record<FluxVersion, () => CrdList>> = {
  '2.7.3': () => require('../../../crds/2.7.3.json'),
  '2.8.0': () => require('../../../crds/2.8.0.json'),
  '2.8.8': () => require('../../../crds/2.8.8.json'),
  '2.9.5': () => require('../../../crds/2.9.5.json'),
};

/**
 * The CRDs of a Flux release, for all the controllers of {@link FluxAio}: complete, with descriptions, sorted by name.
 * They are part of the package, generated from the release's API modules. Every call returns the same objects.
 *
 * @example
 * ```ts
 * for (const crd of fluxCrds('2.9.5')) console.log(crd.metadata.name);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the release is not supported, `ERR_EGGTOOTH_FILE` if the CRDs cannot
 * be read
 */
export function fluxCrds(version: FluxVersion): readonly KubeObject[] {
  if (!Object.hasOwn(fluxReleases, version)) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `unsupported Flux release: ${version}`, {
      fix: `use one of ${Object.keys(fluxReleases).join(', ')}`,
    });
  }
  try {
    return LISTS[version]().items;
  } catch (cause) {
    throw new EggtoothError('ERR_EGGTOOTH_FILE', `cannot read the CRDs of Flux ${version}`, {
      fix: 'in a checkout of eggtooth run npm run build, elsewhere install the package again',
      cause,
    });
  }
}
