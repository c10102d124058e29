/** A controller of {@link FluxAio}: the name of its container and image. */
export type FluxController =
  | 'source-controller'
  | 'kustomize-controller'
  | 'helm-controller'
  | 'notification-controller'
  | 'source-watcher';

/** A release of Flux whose images and CRDs eggtooth has. */
export type FluxVersion =
  | '2.7.0'
  | '2.7.1'
  | '2.7.2'
  | '2.7.3'
  | '2.7.4'
  | '2.7.5'
  | '2.8.0'
  | '2.8.1'
  | '2.8.2'
  | '2.8.3'
  | '2.8.4'
  | '2.8.5'
  | '2.8.6'
  | '2.8.7'
  | '2.8.8'
  | '2.9.0'
  | '2.9.1'
  | '2.9.2'
  | '2.9.3'
  | '2.9.4'
  | '2.9.5'
  | '2.10.0';

/**
 * The releases of Flux that eggtooth knows, oldest first: the tags of source-controller, kustomize-controller,
 * helm-controller, notification-controller and source-watcher, which are versions of their Go modules too, and the release
 * that has the same CRDs.
 */
const table = {
  '2.7.0': ['v1.7.0 v1.7.0 v1.4.0 v1.7.1 v2.0.1', '2.7.3'],
  '2.7.1': ['v1.7.1 v1.7.0 v1.4.1 v1.7.2 v2.0.1', '2.7.3'],
  '2.7.2': ['v1.7.2 v1.7.1 v1.4.2 v1.7.3 v2.0.2', '2.7.3'],
  '2.7.3': ['v1.7.3 v1.7.2 v1.4.3 v1.7.4 v2.0.2', '2.7.3'],
  '2.7.4': ['v1.7.4 v1.7.3 v1.4.4 v1.7.5 v2.0.3', '2.7.3'],
  '2.7.5': ['v1.7.4 v1.7.3 v1.4.5 v1.7.5 v2.0.3', '2.7.3'],
  '2.8.0': ['v1.8.0 v1.8.0 v1.5.0 v1.8.0 v2.1.0', '2.8.0'],
  '2.8.1': ['v1.8.0 v1.8.1 v1.5.1 v1.8.1 v2.1.0', '2.8.0'],
  '2.8.2': ['v1.8.1 v1.8.2 v1.5.2 v1.8.2 v2.1.1', '2.8.2'],
  '2.8.3': ['v1.8.1 v1.8.2 v1.5.3 v1.8.2 v2.1.1', '2.8.2'],
  '2.8.4': ['v1.8.1 v1.8.2 v1.5.3 v1.8.2 v2.1.1', '2.8.2'],
  '2.8.5': ['v1.8.2 v1.8.3 v1.5.3 v1.8.3 v2.1.1', '2.8.5'],
  '2.8.6': ['v1.8.3 v1.8.4 v1.5.4 v1.8.4 v2.1.1', '2.8.8'],
  '2.8.7': ['v1.8.4 v1.8.5 v1.5.4 v1.8.4 v2.1.1', '2.8.8'],
  '2.8.8': ['v1.8.5 v1.8.5 v1.5.5 v1.8.4 v2.1.1', '2.8.8'],
  '2.9.0': ['v1.9.1 v1.9.1 v1.6.1 v1.9.1 v2.2.1', '2.9.1'],
  '2.9.1': ['v1.9.2 v1.9.2 v1.6.2 v1.9.2 v2.2.2', '2.9.1'],
  '2.9.2': ['v1.9.3 v1.9.3 v1.6.2 v1.9.2 v2.2.2', '2.9.3'],
  '2.9.3': ['v1.9.3 v1.9.4 v1.6.3 v1.9.2 v2.2.2', '2.9.3'],
  '2.9.4': ['v1.9.4 v1.9.4 v1.6.3 v1.9.3 v2.2.3', '2.9.5'],
  '2.9.5': ['v1.9.5 v1.9.5 v1.6.4 v1.9.4 v2.2.4', '2.9.5'],
  '2.10.0': ['v1.10.1 v1.10.1 v1.7.1 v1.10.0 v2.3.1', '2.10.0'],
} as const satisfies Readonly<Record<FluxVersion, readonly [tags: string, crds: string]>>;

/** A release of Flux: one that eggtooth knows, or the version of another one, such as `2.11.0`. */
export type AnyFluxVersion = FluxVersion | (string & Record<never, never>);

/** A release whose CRDs are part of the package. Other releases have the same. */
export type FluxCrdsVersion = (typeof table)[FluxVersion][1];

/** What eggtooth knows about a release. */
export interface FluxRelease {
  /** Tag of each controller's image. */
  readonly tags: Readonly<Record<FluxController, string>>;
  /** The release whose CRDs it has. */
  readonly crds: FluxCrdsVersion;
}

/** The releases of Flux that eggtooth knows, oldest first. */
export const fluxReleases = Object.fromEntries(
  Object.entries(table).map(([version, [tags, crds]]) => [version, { tags: tagsOf(tags), crds }]),
) as Readonly<Record<FluxVersion, FluxRelease>>;

/** The default release: the newest one whose controllers are tested on real clusters. */
export const newestFlux: FluxVersion = '2.9.5';

/** Releases for a message, by minor version: the first and the last of each. */
export function printReleases(versions: readonly string[] = Object.keys(fluxReleases)): string {
  const minors = new Map<string, string[]>();
  for (const version of versions) {
    const minor = version.replace(/\.\d+$/, '');
    minors.set(minor, [...(minors.get(minor) ?? []), version]);
  }
  return [...minors.values()]
    .map((patches) => (patches.length === 1 ? patches[0] : `${patches[0]} to ${patches.at(-1)}`))
    .join(', ');
}

/** Whether eggtooth has the images and CRDs of a release. */
export function isKnownFlux(version: string): version is FluxVersion {
  return Object.hasOwn(fluxReleases, version);
}

function tagsOf(tags: string): FluxRelease['tags'] {
  const [source = '', kustomize = '', helm = '', notification = '', watcher = ''] = tags.split(' ');
  return {
    'source-controller': source,
    'kustomize-controller': kustomize,
    'helm-controller': helm,
    'notification-controller': notification,
    'source-watcher': watcher,
  };
}
