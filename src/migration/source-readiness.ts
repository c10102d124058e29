import { conditionOf } from '../kubernetes/conditions';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { externalArtifactGvk } from '../kubernetes/flux';
import { isArtifactGenerator, isOciRepository } from '../kubernetes/kinds';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import type { Run } from '../up/run';

/** An object that a HelmRelease takes its chart from, as it was seen last. */
export interface SourceState extends ObjectReference {
  readonly ready: boolean;
  /** The words of its controller, or why there are none. */
  readonly detail: string;
}

/** Looks at what a bundle reads charts from: its OCIRepositories, and what its ArtifactGenerators make. */
export async function readSources(run: Run, bundle: readonly KubeObject[]): Promise<readonly SourceState[]> {
  const repositories = bundle.filter(isOciRepository).map((object) => ociRepository(run, object));
  const artifacts = bundle.filter(isArtifactGenerator).map((object) => externalArtifacts(run, object));
  return (await Promise.all([...repositories, ...artifacts])).flat();
}

/** What Flux says of an object in its condition Ready, if that speaks of the object as it stands now. */
export function readinessOf(object: KubeObject | undefined): Pick<SourceState, 'ready' | 'detail'> {
  const condition = conditionOf(object, 'Ready');
  if (object === undefined) return { ready: false, detail: 'does not exist' };
  if (condition === undefined) return { ready: false, detail: 'no controller of Flux has looked at it yet' };
  const { status, reason, message } = condition;
  const seen = fieldAt(object, 'status', 'observedGeneration') === fieldAt(object, 'metadata', 'generation');
  return { ready: status === 'True' && seen, detail: `${reason}: ${message}` };
}

async function ociRepository({ objects }: Run, object: KubeObject): Promise<SourceState[]> {
  const reference = referenceTo(object);
  return [{ ...reference, ...readinessOf(await objects.get(reference)) }];
}

/** Asked for one by one: Ready of an ArtifactGenerator may speak of what it made before (fluxcd/pkg#934). */
async function externalArtifacts({ objects }: Run, generator: KubeObject): Promise<SourceState[]> {
  const { namespace } = generator.metadata;
  const says = conditionOf(await objects.get(referenceTo(generator)), 'Ready');
  const missing =
    says === undefined ? 'no source-watcher has looked at its ArtifactGenerator' : `${says.reason}: ${says.message}`;
  return Promise.all(
    listAt(generator, 'spec', 'artifacts').map(async (artifact) => {
      const reference = { ...externalArtifactGvk, namespace, name: stringAt(artifact, 'name') ?? '' };
      const revision = stringAt(await objects.get(reference), 'status', 'artifact', 'revision');
      return { ...reference, ready: revision !== undefined, detail: revision ?? missing };
    }),
  );
}
