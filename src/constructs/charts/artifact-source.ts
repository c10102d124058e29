import type { Problem } from '../../errors';
import { artifactGeneratorMaxLengths, artifactGeneratorPatterns } from '../../kubernetes/flux';
import type { ArtifactGeneratorManifest } from '../../kubernetes/flux-manifests';

/** Kinds of source that an ArtifactGenerator reads. HelmRepository is none: Flux reads one through a HelmChart. */
export type ArtifactSourceKind = ArtifactGeneratorManifest['spec']['sources'][number]['kind'];

/** A source of an ArtifactGenerator. */
export interface ArtifactSource {
  /** What paths name it by, `@ALIAS/PATH`: lower-case letters, digits, - and _, at most 63. */
  readonly alias: string;
  /** HelmChart and ExternalArtifact are known since Flux 2.8. */
  readonly kind: ArtifactSourceKind;
  /** Name of the object: lower-case letters, digits and -, without dots. */
  readonly name: string;
  /**
   * Namespace of the object.
   * @default - that of the ArtifactGenerator; source-watcher with --no-cross-namespace-refs takes no other
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

/** What keeps source-watcher from using sources. */
export function* sourceProblems(sources: readonly ArtifactSource[]): Iterable<Problem> {
  if (sources.length === 0) yield { problem: 'has no source', fix: 'give at least one' };
  const seen = new Set<string>();
  for (const { alias, kind, name } of sources) {
    const source = `the source ${JSON.stringify(alias)}`;
    if (!fits(alias, 'sources[].alias')) {
      const fix = 'choose 1 to 63 lower-case letters, digits, - and _, a letter or digit first and last';
      yield { problem: `${source} has no valid alias`, fix };
    }
    if (seen.has(alias)) yield { problem: `${source} is there twice`, fix: 'give each source an alias of its own' };
    seen.add(alias);
    if (!Object.hasOwn(KINDS, kind)) {
      const fix =
        (kind as string) === 'HelmRepository'
          ? 'name a HelmChart that reads the HelmRepository'
          : `choose one of: ${Object.keys(KINDS).join(', ')}`;
      yield { problem: `${source} is of the kind ${JSON.stringify(kind)}, which is no source of artifacts`, fix };
    }
    if (!fits(name, 'sources[].name')) {
      const fix = 'name it by lower-case letters, digits and -; an ArtifactGenerator takes no dots here';
      yield { problem: `${source} is called ${JSON.stringify(name)}, which no source can be`, fix };
    }
  }
}

/** Whether the API server would take a value, by what the CRD says of its field. */
function fits(value: string, field: 'sources[].alias' | 'sources[].name'): boolean {
  return new RegExp(artifactGeneratorPatterns[field]).test(value) && value.length <= artifactGeneratorMaxLengths[field];
}
