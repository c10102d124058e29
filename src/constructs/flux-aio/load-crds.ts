import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import {
  type FluxController,
  type FluxCrdsVersion,
  type FluxVersion,
  fluxReleases,
  isKnownFlux,
  printReleases,
} from './flux-releases';

interface CrdList {
  readonly items: readonly KubeObject[];
}

/**
 * The CRDs, loaded when they are needed. The paths are literals, because bundlers only find what is
 * required by a literal. They lead to crds/ beside src/ in a checkout, and beside the compiled src/ in the package.
 */
const LISTS: Readonly<Record<FluxCrdsVersion, () => CrdList>> = {
  '2.7.3': () => require('../../../crds/2.7.3.json'),
  '2.8.0': () => require('../../../crds/2.8.0.json'),
  '2.8.2': () => require('../../../crds/2.8.2.json'),
  '2.8.5': () => require('../../../crds/2.8.5.json'),
  '2.8.8': () => require('../../../crds/2.8.8.json'),
  '2.9.1': () => require('../../../crds/2.9.1.json'),
  '2.9.3': () => require('../../../crds/2.9.3.json'),
  '2.9.5': () => require('../../../crds/2.9.5.json'),
  '2.10.0': () => require('../../../crds/2.10.0.json'),
};

/** The controller of each API group. */
const CONTROLLERS: Readonly<Record<string, FluxController>> = {
  'source.toolkit.fluxcd.io': 'source-controller',
  'kustomize.toolkit.fluxcd.io': 'kustomize-controller',
  'helm.toolkit.fluxcd.io': 'helm-controller',
  'notification.toolkit.fluxcd.io': 'notification-controller',
  'source.extensions.fluxcd.io': 'source-watcher',
};

/** The controller whose kinds are in an API group; `undefined` if none of {@link FluxAio} has it. */
export function controllerOf(group: string): FluxController | undefined {
  return Object.hasOwn(CONTROLLERS, group) ? CONTROLLERS[group] : undefined;
}

const labeled = new Map<FluxVersion, readonly KubeObject[]>();

/**
 * The CRDs of a Flux release, for all the controllers of {@link FluxAio}: complete, with descriptions and with the labels
 * that the `flux` command line finds them by, sorted by name. They are part of the package, generated from the release's
 * API modules. Every call returns the same objects.
 *
 * @example
 * ```ts
 * for (const crd of fluxCrds('2.9.5')) console.log(crd.metadata.name);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the release is not supported, `ERR_EGGTOOTH_FILE` if the CRDs cannot
 * be read
 */
export function fluxCrds(version: FluxVersion): readonly KubeObject[] {
  if (!isKnownFlux(version)) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `unsupported Flux release: ${version}`, {
      fix: `use one of ${printReleases()}`,
    });
  }
  const crds = labeled.get(version) ?? readList(version).map((crd) => withLabels(crd, version));
  labeled.set(version, crds);
  return crds;
}

function readList(version: FluxVersion): readonly KubeObject[] {
  try {
    return LISTS[fluxReleases[version].crds]().items;
  } catch (cause) {
    throw new EggtoothError('ERR_EGGTOOTH_FILE', `cannot read the CRDs of Flux ${version}`, {
      fix: 'in a checkout of eggtooth run npm run build, elsewhere install the package again',
      cause,
    });
  }
}

/** `flux check` and `flux uninstall` find the CRDs by part-of; `flux version` reads part-of and version. */
function withLabels(crd: KubeObject, version: FluxVersion): KubeObject {
  const component = controllerOf(stringAt(crd, 'spec', 'group') ?? '');
  const labels = {
    ...(component !== undefined && { 'app.kubernetes.io/component': component }),
    'app.kubernetes.io/part-of': 'flux',
    'app.kubernetes.io/version': `v${version}`,
  };
  return { ...crd, metadata: { ...crd.metadata, labels } };
}
