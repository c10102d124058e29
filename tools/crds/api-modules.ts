import { type FluxVersion, fluxReleases } from '../../src/constructs/flux-aio/flux-releases';
import type { Requirement } from './go-module';

/** The releases of Flux, oldest first. */
export const fluxVersions = Object.keys(fluxReleases) as FluxVersion[];

/** The releases of Flux whose CRDs are made, oldest first. The others have the same. */
export const crdsVersions = [...new Set(Object.values(fluxReleases).map(({ crds }) => crds))];

/** API modules that the module proxy does not have, and the version with the same types that stands in for each. */
const SAME_TYPES: Readonly<Record<string, string>> = {
  'github.com/fluxcd/notification-controller/api v1.8.2': 'v1.8.0',
};

/** The Go modules with the API types of a release: one for each of its controllers. */
export function apiModules(version: FluxVersion): Requirement[] {
  return Object.entries(fluxReleases[version].tags).map(([controller, tag]) => {
    const module = `github.com/fluxcd/${controller}/api${majorSuffix(tag)}`;
    return { module, version: SAME_TYPES[`${module} ${tag}`] ?? tag };
  });
}

/** From its second major version on, a Go module carries it in its path. */
function majorSuffix(tag: string): string {
  const [major = ''] = tag.split('.');
  return major === 'v0' || major === 'v1' ? '' : `/${major}`;
}
