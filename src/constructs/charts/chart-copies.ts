import type { Problem } from '../../errors';
import type { ArtifactGeneratorManifest } from '../../kubernetes/flux-manifests';
import { isDnsSubdomain } from '../../kubernetes/names';
import type { ArtifactSource } from './artifact-source';

/** A chart that an ArtifactGenerator takes out of its sources: the content of one ExternalArtifact. */
export interface ChartArtifact {
  /** Name of the ExternalArtifact. */
  readonly name: string;
  /**
   * Folder of the chart, whose last part names the chart's folder in the artifact: `system/cilium` in the first source,
   * `@ALIAS/system/cilium` in another.
   */
  readonly path: string;
  /**
   * Folders of library charts, written as the path is; each is put into `charts/` of the chart under its last part.
   * @default - none
   */
  readonly libraries?: readonly string[];
  /**
   * Files of values: the first takes the place of the chart's values.yaml, the others are merged into it in order. Paths
   * are relative to the chart's folder; `@ALIAS/FILE` is in another source.
   * @default - the chart's own values.yaml alone
   */
  readonly valuesFiles?: readonly string[];
}

/** A copy operation of an ArtifactGenerator (spec.artifacts[].copy[]). */
export type CopyOperation = ArtifactGeneratorManifest['spec']['artifacts'][number]['copy'][number];

const ALIASED = /^@[^/]*\//;

/**
 * The copy operations that put one chart together, in the order in which they are done.
 * @param alias - of the source of paths that name none
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

/** What keeps source-watcher from making charts of sources. */
export function* chartProblems(
  charts: readonly ChartArtifact[],
  sources: readonly ArtifactSource[],
): Iterable<Problem> {
  if (charts.length === 0) yield { problem: 'makes no artifact', fix: 'give at least one chart' };
  const aliases = sources.map(({ alias }) => alias);
  const seen = new Set<string>();
  for (const { name, path, libraries = [], valuesFiles = [] } of charts) {
    const artifact = `the artifact ${JSON.stringify(name)}`;
    if (!isDnsSubdomain(name)) {
      yield {
        problem: `${artifact} has no valid name`,
        fix: 'choose an object name: lower-case letters, digits, - and .',
      };
    }
    if (seen.has(name)) yield { problem: `${artifact} is made twice`, fix: 'give each chart a name of its own' };
    seen.add(name);
    for (const one of [path, ...libraries, ...valuesFiles]) {
      const reason = pathProblem(one, aliases);
      if (reason !== undefined)
        yield { problem: `${artifact} is made of ${JSON.stringify(one)}, which ${reason.problem}`, fix: reason.fix };
    }
    const twice = libraries.map(lastPart).find((library, index, all) => all.indexOf(library) !== index);
    if (twice !== undefined) {
      yield { problem: `${artifact} has two libraries called ${twice}`, fix: 'leave out one of them' };
    }
  }
}

function pathProblem(path: string, aliases: readonly string[]): Problem | undefined {
  const [, alias, rest = ''] = /^(?:@([^/]*)\/)?(.*)$/s.exec(path) ?? [];
  if (alias !== undefined && !aliases.includes(alias)) {
    return { problem: 'is in no source', fix: `name one of: ${aliases.map((one) => `@${one}`).join(', ')}` };
  }
  if (!rest.split('/').every((part) => /^[^\s@*?[\]{}\\]+$/.test(part) && part !== '.' && part !== '..')) {
    return {
      problem: 'is no path of one folder or file',
      fix: 'write it relative, as in system/cilium, without *, . and ..',
    };
  }
  return path.length > 1000 ? { problem: 'is longer than 1000 characters', fix: 'shorten it' } : undefined;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
