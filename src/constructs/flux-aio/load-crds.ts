import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EggtoothError } from '../../errors';
import type { KubeObject } from '../../kubernetes/kube-object';
import { type FluxVersion, fluxReleases } from './flux-releases';

const read = new Map<FluxVersion, readonly KubeObject[]>();

/**
 * The CRDs of a release of Flux, for all the controllers of its one-pod form: complete, with descriptions, ordered by
 * name. They lie in the package, made from the release's own API modules. Every call gives the same objects.
 *
 * @example
 * ```ts
 * for (const crd of fluxCrds('2.9.5')) console.log(crd.metadata.name);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` for a release that is not known, `ERR_EGGTOOTH_FILE` if the CRDs cannot
 * be read
 */
export function fluxCrds(version: FluxVersion): readonly KubeObject[] {
  const crds = read.get(version) ?? readCrds(version);
  read.set(version, crds);
  return crds;
}

function readCrds(version: FluxVersion): readonly KubeObject[] {
  if (!Object.hasOwn(fluxReleases, version)) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `there are no CRDs of Flux ${version}`, {
      fix: `take one of ${Object.keys(fluxReleases).join(', ')}`,
    });
  }
  // Beside the compiled library in the package, beside src/ in a checkout.
  const file = join(__dirname, '../../../crds', `${version}.json`);
  try {
    const { items }: { items: readonly KubeObject[] } = JSON.parse(readFileSync(file, 'utf8'));
    return items;
  } catch (cause) {
    throw new EggtoothError('ERR_EGGTOOTH_FILE', `cannot read the CRDs of Flux ${version} in ${file}`, {
      fix: 'in a checkout of eggtooth run npm run build, elsewhere install the package again',
      cause,
    });
  }
}
