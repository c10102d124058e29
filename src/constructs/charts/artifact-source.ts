/** Why Flux could not use an object, and what to do about it. */
export interface Problem {
  readonly problem: string;
  readonly fix: string;
}

/** Kinds of source that an ArtifactGenerator reads. HelmRepository is none: Flux reads one through a HelmChart. */
export type ArtifactSourceKind = 'Bucket' | 'ExternalArtifact' | 'GitRepository' | 'HelmChart' | 'OCIRepository';

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

const ALIAS = /^(?=.{1,63}$)[a-z0-9]([a-z0-9_-]*[a-z0-9])?$/;
const NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const KINDS = ['Bucket', 'ExternalArtifact', 'GitRepository', 'HelmChart', 'OCIRepository'] as const;

/** What keeps source-watcher from using sources. */
export function* sourceProblems(sources: readonly ArtifactSource[]): Iterable<Problem> {
  if (sources.length === 0) yield { problem: 'has no source', fix: 'give at least one' };
  const seen = new Set<string>();
  for (const { alias, kind, name } of sources) {
    const source = `the source ${JSON.stringify(alias)}`;
    if (!ALIAS.test(alias)) {
      const fix = 'choose 1 to 63 lower-case letters, digits, - and _, a letter or digit first and last';
      yield { problem: `${source} has no valid alias`, fix };
    }
    if (seen.has(alias)) yield { problem: `${source} is there twice`, fix: 'give each source an alias of its own' };
    seen.add(alias);
    if (!KINDS.includes(kind)) {
      const fix =
        (kind as string) === 'HelmRepository'
          ? 'name a HelmChart that reads the HelmRepository'
          : `choose one of: ${KINDS.join(', ')}`;
      yield { problem: `${source} is of the kind ${JSON.stringify(kind)}, which is no source of artifacts`, fix };
    }
    if (!NAME.test(name)) {
      const fix = 'name it by lower-case letters, digits and -; an ArtifactGenerator takes no dots here';
      yield { problem: `${source} is called ${JSON.stringify(name)}, which no source can be`, fix };
    }
  }
}
