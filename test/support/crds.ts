import type { FluxVersion } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { Crd } from '../../tools/crds/crds';

/** The CRDs of a release, with types for the fields that tests read. */
export function readCrds(version: FluxVersion): readonly Crd[] {
  return fluxCrds(version) as readonly Crd[];
}

/** The CRD of a kind of Flux. */
export function readCrd(version: FluxVersion, kind: string): Crd {
  const crd = readCrds(version).find(({ spec }) => spec.names.kind === kind);
  if (crd === undefined) throw new Error(`Flux ${version} has no CRD ${kind}`);
  return crd;
}
