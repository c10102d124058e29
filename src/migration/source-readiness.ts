import { readUpstreamSources } from '../chain/upstream-sources';
import { readinessOf } from '../kubernetes/conditions';
import { listAt, stringAt } from '../kubernetes/fields';
import { externalArtifactGvk } from '../kubernetes/flux';
import { isArtifactGenerator, isOciRepository } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import { readRepositoryState } from '../up/links/repository-state';
import type { Run } from '../up/run';

/** The state of an object that a HelmRelease takes its chart from. */
export interface SourceState extends ObjectReference {
  /** Whether HelmReleases can take charts from it. */
  readonly ready: boolean;
  /** The revision of its artifact, or why it has none. */
  readonly detail: string;
}

/** The repositories of a bundle that Flux does not read through the API server: OCIRepositories, and HelmRepositories upstream. */
export function repositoriesWithoutChain(bundle: readonly KubeObject[]): readonly KubeObject[] {
  const upstream = new Set(readUpstreamSources(bundle).map(({ object }) => object));
  return bundle.filter((object) => isOciRepository(object) || upstream.has(object));
}

/**
 * Reads the state of every chart source of a bundle that needs no chain: its repositories, and the artifacts of its
 * ArtifactGenerators.
 */
export async function readSources(run: Run, bundle: readonly KubeObject[]): Promise<readonly SourceState[]> {
  const repositories = repositoriesWithoutChain(bundle).map((object) => repository(run, object));
  const artifacts = bundle.filter(isArtifactGenerator).map((object) => externalArtifacts(run, object));
  return (await Promise.all([...repositories, ...artifacts])).flat();
}

async function repository(run: Run, object: KubeObject): Promise<readonly SourceState[]> {
  const { broken, revision = '' } = await readRepositoryState(run, object);
  return [{ ...referenceTo(object), ready: broken === undefined, detail: broken?.problem ?? revision }];
}

/** Reads each artifact: an ArtifactGenerator may be Ready because of what it generated before (fluxcd/pkg#934). */
async function externalArtifacts({ objects }: Run, generator: KubeObject): Promise<readonly SourceState[]> {
  const { namespace } = generator.metadata;
  const ready = readinessOf(await objects.get(referenceTo(generator)));
  const missing =
    ready === undefined
      ? 'no source-watcher has reconciled its ArtifactGenerator'
      : `${ready.reason}: ${ready.message}`;
  return Promise.all(
    listAt(generator, 'spec', 'artifacts').map(async (artifact) => {
      const reference = { ...externalArtifactGvk, namespace, name: stringAt(artifact, 'name') ?? '' };
      const revision = stringAt(await objects.get(reference), 'status', 'artifact', 'revision');
      return { ...reference, ready: revision !== undefined, detail: revision ?? missing };
    }),
  );
}
