import { accessSync, constants } from 'node:fs';
import { Chart, type ChartProps, Yaml } from 'cdk8s';
import type { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { isCrd } from '../../kubernetes/kinds';
import type { KubeObject } from '../../kubernetes/kube-object';
import { ManifestObject } from '../manifest-object';
import { assertFluxVersion } from './assert-flux-options';
import { type AnyFluxVersion, type FluxController, isKnownFlux, newestFlux, printReleases } from './flux-releases';
import { controllerOf, fluxCrds } from './load-crds';

/** Props of {@link FluxCrds}. */
export interface FluxCrdsProps extends Omit<ChartProps, 'namespace'> {
  /**
   * Release of Flux.
   * @default '2.9.5'
   */
  readonly version?: AnyFluxVersion;
  /**
   * The CRDs of a release that eggtooth does not know: objects, or a file of YAML or JSON such as
   * `flux install --export` writes. Objects of other kinds are left out.
   * @default - the CRDs of the release
   */
  readonly crds?: string | readonly KubeObject[];
  /**
   * The controllers that need them.
   * @default - source-controller, which no Flux lacks
   */
  readonly controllers?: readonly FluxController[];
}

/**
 * A Chart with the CRDs of a Flux release, as Flux publishes them. They must be established before anything else of Flux is
 * applied. A {@link BootstrapBundle} contains them by default; one Chart can also serve any number of bundles.
 *
 * @example
 * ```ts
 * new FluxCrds(app, 'flux-crds', { version: '2.8.8' });
 * ```
 */
export class FluxCrds extends Chart {
  /**
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if eggtooth does not have the CRDs of the release and `crds` is not set, or
   * if the CRDs of a controller are not among them, `ERR_EGGTOOTH_FILE` if they cannot be read
   */
  constructor(scope: Construct, id: string, { version = newestFlux, crds, controllers, ...props }: FluxCrdsProps = {}) {
    super(scope, id, props);
    for (const crd of crdsOf(version, crds, controllers)) new ManifestObject(this, crd.metadata.name ?? '', crd);
  }
}

function crdsOf(
  version: AnyFluxVersion,
  crds: FluxCrdsProps['crds'],
  controllers: readonly FluxController[] = ['source-controller'],
): readonly KubeObject[] {
  if (crds === undefined && isKnownFlux(version)) return fluxCrds(version);
  assertFluxVersion(version);
  const given = (typeof crds === 'string' ? readObjects(crds) : (crds ?? [])).filter(isCrd);
  const groups = new Set(given.map((crd) => controllerOf(stringAt(crd, 'spec', 'group') ?? '')));
  const missing = controllers.filter((controller) => !groups.has(controller));
  if (missing.length === 0) return given;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `no CRDs of Flux ${version} for ${missing.join(', ')}`, {
    fix: `set crds to a file or to objects with the CRDs, for example those of flux install --export, or use one of the releases ${printReleases()}`,
  });
}

function readObjects(file: string): KubeObject[] {
  try {
    // cdk8s would print a trace of its own for a file that cannot be read.
    accessSync(file, constants.R_OK);
    return Yaml.load(file);
  } catch (cause) {
    throw new EggtoothError('ERR_EGGTOOTH_FILE', `cannot read the CRDs of Flux: ${file}`, {
      fix: 'name a file of YAML or JSON with the CRDs',
      cause,
    });
  }
}
