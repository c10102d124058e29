import type { Problem } from '../../errors';
import type { ArtifactGeneratorManifest } from '../../kubernetes/flux-manifests';
import { isDnsSubdomain } from '../../kubernetes/names';
import type { ArtifactSource } from './artifact-source';

/** A chart that an ArtifactGenerator extracts from its sources: the content of one ExternalArtifact. */
export interface ChartArtifact {
  /** Name of the ExternalArtifact. */
  readonly name: string;
  /**
   * Folder of the chart: `system/cilium` in the first source, or `@ALIAS/system/cilium` in another one. Its last part is
   * the name of the folder in the artifact.
   */
  readonly path: string;
  /**
   * Folders of library charts, in the format of the path. Each is copied to `charts/` of the chart, under its last part.
   * @default - none
   */
  readonly libraries?: readonly string[];
  /**
   * Files of values: the first replaces the chart's values.yaml, and the others are merged into it in this order. Paths are
   * relative to the folder of the chart; `@ALIAS/FILE` is in another source.
   * @default - the chart's values.yaml
   */
  readonly valuesFiles?: readonly string[];
}

/** A copy operation of an ArtifactGenerator (spec.artifacts[].copy[]). */
export type CopyOperation = ArtifactGeneratorManifest['spec']['artifacts'][number]['copy'][number];

const ALIASED = /^@[^/]*\//;

/**
 * The copy operations that assemble a chart, in their order.
 * @param alias - the source of paths without an alias
 */
export function copyOperations(
  { path, libraries = [], valuesFiles = [] }: ChartArtifact,
  alias: string,
): CopyOperation[] {
  const aliased = (one: string) => (ALIASED.test(one) ? one : `@${alias}/${one}`);
  const [from, folder] = [aliased(path), `@artifact/${lastPart(path)}`];
  return [
    { from: `${from}/**`, to: `${folder}/` },
    ...libraries.map((library) => ({ from: `${aliased(library)}/**`, to: `${folder}/charts/${lastPart(library)}/` })),
    ...valuesFiles.map((file, index) => ({
      from: ALIASED.test(file) ? file : `${from}/${file}`,
      to: `${folder}/values.yaml`,
      strategy: index === 0 ? ('Overwrite' as const) : ('Merge' as const),
    })),
  ];
}

/** The reasons why source-watcher could not create the charts. */
export function* chartProblems(
  charts: readonly ChartArtifact[],
  sources: readonly ArtifactSource[],
): Iterable<Problem> {
  if (charts.length === 0) yield { problem: 'has no charts', fix: 'add at least one' };
  const aliases = sources.map(({ alias }) => alias);
  const seen = new Set<string>();
  for (const { name, path, libraries = [], valuesFiles = [] } of charts) {
    const artifact = `the artifact ${JSON.stringify(name)}`;
    if (!isDnsSubdomain(name)) {
      yield {
        problem: `${artifact} has an invalid name`,
        fix: 'use lower-case letters, digits, - and .',
      };
    }
    if (seen.has(name)) yield { problem: `${artifact} exists twice`, fix: 'give each chart a unique name' };
    seen.add(name);
    for (const one of [path, ...libraries, ...valuesFiles]) {
      const reason = pathProblem(one, aliases);
      if (reason !== undefined)
        yield { problem: `${artifact} contains ${JSON.stringify(one)}, which ${reason.problem}`, fix: reason.fix };
    }
    const twice = libraries.map(lastPart).find((library, index, all) => all.indexOf(library) !== index);
    if (twice !== undefined) {
      yield { problem: `${artifact} has two libraries called ${twice}`, fix: 'remove one of them' };
    }
  }
}

function pathProblem(path: string, aliases: readonly string[]): Problem | undefined {
  const [, alias, rest = ''] = /^(?:@([^/]*)\/)?(.*)$/s.exec(path) ?? [];
  if (alias !== undefined && !aliases.includes(alias)) {
    return { problem: 'is not in a source', fix: `use one of ${aliases.map((one) => `@${one}`).join(', ')}` };
  }
  if (!rest.split('/').every((part) => /^[^\s@*?[\]{}\\]+$/.test(part) && part !== '.' && part !== '..')) {
    return {
      problem: 'is not the path of a folder or file',
      fix: 'use a relative path without *, . and .., such as system/cilium',
    };
  }
  return path.length > 1000 ? { problem: 'is longer than 1000 characters', fix: 'shorten it' } : undefined;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
