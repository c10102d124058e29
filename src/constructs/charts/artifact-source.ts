import type { Problem } from '../../errors';
import { artifactGeneratorMaxLengths, artifactGeneratorPatterns } from '../../kubernetes/flux';
import type { ArtifactGeneratorManifest } from '../../kubernetes/flux-manifests';

/** Kinds of source that an ArtifactGenerator reads. It reads a HelmRepository through a HelmChart. */
export type ArtifactSourceKind = ArtifactGeneratorManifest['spec']['sources'][number]['kind'];

/** A source of an ArtifactGenerator. */
export interface ArtifactSource {
  /** Name of the source in paths, as in `@ALIAS/PATH`: at most 63 lower-case letters, digits, - and _. */
  readonly alias: string;
  /** Kind of the object. HelmChart and ExternalArtifact require Flux 2.8. */
  readonly kind: ArtifactSourceKind;
  /** Name of the object: lower-case letters, digits and -, but no dots. */
  readonly name: string;
  /**
   * Namespace of the object.
   * @default - the namespace of the ArtifactGenerator, the only one with --no-cross-namespace-refs of source-watcher
   */
  readonly namespace?: string;
}

const KINDS: Readonly<Record<ArtifactSourceKind, true>> = {
  Bucket: true,
  ExternalArtifact: true,
  GitRepository: true,
  HelmChart: true,
  OCIRepository: true,
};

/** The reasons why source-watcher could not use the sources. */
export function* sourceProblems(sources: readonly ArtifactSource[]): Iterable<Problem> {
  if (sources.length === 0) yield { problem: 'has no sources', fix: 'add at least one' };
  const seen = new Set<string>();
  for (const { alias, kind, name } of sources) {
    const source = `the source ${JSON.stringify(alias)}`;
    if (!fits(alias, 'sources[].alias')) {
      const fix = 'use 1 to 63 lower-case letters, digits, - and _, with a letter or digit first and last';
      yield { problem: `${source} has an invalid alias`, fix };
    }
    if (seen.has(alias)) yield { problem: `${source} exists twice`, fix: 'give each source a unique alias' };
    seen.add(alias);
    if (!Object.hasOwn(KINDS, kind)) {
      const fix =
        (kind as string) === 'HelmRepository'
          ? 'use a HelmChart that reads the HelmRepository'
          : `use one of ${Object.keys(KINDS).join(', ')}`;
      yield { problem: `${source} has the kind ${JSON.stringify(kind)}, which an ArtifactGenerator cannot read`, fix };
    }
    if (!fits(name, 'sources[].name')) {
      const fix = 'use lower-case letters, digits and -; an ArtifactGenerator does not allow dots here';
      yield { problem: `${source} has the invalid name ${JSON.stringify(name)}`, fix };
    }
  }
}

/** Whether the CRD allows a value in a field. */
function fits(value: string, field: 'sources[].alias' | 'sources[].name'): boolean {
  return new RegExp(artifactGeneratorPatterns[field]).test(value) && value.length <= artifactGeneratorMaxLengths[field];
}
