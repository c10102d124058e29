import type { Kind } from '../cluster/discovery';
import { conditionOf } from '../kubernetes/conditions';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import type { BrokenLink } from './broken-link';
import type { Run } from './run';

/** The kinds that a CustomResourceDefinition makes known: one for each served version. */
export function kindsOf(crd: KubeObject): readonly Kind[] {
  const [group, kind = ''] = [stringAt(crd, 'spec', 'group'), stringAt(crd, 'spec', 'names', 'kind')];
  return listAt(crd, 'spec', 'versions')
    .filter((version) => fieldAt(version, 'served') === true)
    .map((version) => ({ apiVersion: `${group}/${stringAt(version, 'name')}`, kind }));
}

/** Looks for CustomResourceDefinitions whose objects cannot be written yet. */
export async function probeCrds({ objects }: Run, crds: readonly KubeObject[]): Promise<BrokenLink | undefined> {
  const broken = await Promise.all(
    crds.map(async (crd): Promise<BrokenLink | undefined> => {
      const problem = problemOf(await objects.get(referenceTo(crd)));
      if (problem !== undefined) return { object: referenceTo(crd), ...problem };
      const served = await Promise.all(kindsOf(crd).map((kind) => objects.discovery.find(kind)));
      if (!served.includes(undefined)) return undefined;
      return { object: referenceTo(crd), problem: 'is established, and not served yet', fix: WAIT };
    }),
  );
  return broken.find((one) => one !== undefined);
}

const WAIT = 'look at the log of the API server, then run again';

function problemOf(crd: unknown): Omit<BrokenLink, 'object'> | undefined {
  if (crd === undefined || fieldAt(crd, 'metadata', 'deletionTimestamp') !== undefined) {
    return { problem: 'is being deleted', fix: 'find out by whom, then run again' };
  }
  const [accepted, established] = [conditionOf(crd, 'NamesAccepted'), conditionOf(crd, 'Established')];
  if (accepted?.status === 'False') {
    return {
      problem: `is not established: its names are taken (${accepted.reason}: ${accepted.message})`,
      fix: 'find the other CRD of that group with kubectl get crd, and delete the one that is not wanted',
    };
  }
  if (established?.status === 'True') return undefined;
  const why = established === undefined ? '' : ` (${established.reason}: ${established.message})`;
  return { problem: `is not established${why}`, fix: WAIT };
}
