import { type FluxVersion, fluxReleases } from '../../src/constructs/flux-aio/flux-releases';
import type { Requirement } from './go-module';

/** The releases of Flux whose CRDs are made, oldest first. */
export const fluxVersions = Object.keys(fluxReleases) as FluxVersion[];

/** The Go modules with the API types of a release: one for each of its controllers. */
export function apiModules(version: FluxVersion): Requirement[] {
  return Object.entries(fluxReleases[version]).map(([controller, { tag }]) => ({
    module: `github.com/fluxcd/${controller}/api${majorSuffix(tag)}`,
    version: tag,
  }));
}

/** From its second major version on, a Go module carries it in its path. */
function majorSuffix(tag: string): string {
  const [major = ''] = tag.split('.');
  return major === 'v0' || major === 'v1' ? '' : `/${major}`;
}
