import type { Kind } from '../../cluster/discovery';
import { conditionOf } from '../../kubernetes/conditions';
import { fieldAt, listAt, stringAt } from '../../kubernetes/fields';
import { type KubeObject, referenceTo } from '../../kubernetes/kube-object';
import type { Run } from '../run';
import type { BrokenLink } from './broken-link';

/** Returns the kinds that a CustomResourceDefinition defines, one for each served version. */
export function kindsOf(crd: KubeObject): readonly Kind[] {
  const [group, kind = ''] = [stringAt(crd, 'spec', 'group'), stringAt(crd, 'spec', 'names', 'kind')];
  return listAt(crd, 'spec', 'versions')
    .filter((version) => fieldAt(version, 'served') === true)
    .map((version) => ({ apiVersion: `${group}/${stringAt(version, 'name')}`, kind }));
}

/** Looks for CustomResourceDefinitions of which the cluster does not accept objects yet. */
export async function probeCrds({ objects }: Run, crds: readonly KubeObject[]): Promise<BrokenLink | undefined> {
  const broken = await Promise.all(
    crds.map(async (crd): Promise<BrokenLink | undefined> => {
      const problem = problemOf(await objects.get(referenceTo(crd)));
      if (problem !== undefined) return { object: referenceTo(crd), ...problem };
      const served = await Promise.all(kindsOf(crd).map((kind) => objects.discover(kind)));
      if (!served.includes(undefined)) return undefined;
      return { object: referenceTo(crd), problem: 'is established but not served yet', fix: READ_LOG };
    }),
  );
  return broken.find((one) => one !== undefined);
}

const READ_LOG = 'read the log of the API server, then run again';

function problemOf(crd: unknown): Omit<BrokenLink, 'object'> | undefined {
  if (crd === undefined) return { problem: 'does not exist', fix: 'find out what deletes it, then run again' };
  if (fieldAt(crd, 'metadata', 'deletionTimestamp') !== undefined) {
    return { problem: 'is being deleted', fix: 'find out what deletes it, then run again' };
  }
  const [accepted, established] = [conditionOf(crd, 'NamesAccepted'), conditionOf(crd, 'Established')];
  if (accepted?.status === 'False') {
    return {
      problem: `is not established: its names are in use (${accepted.reason}: ${accepted.message})`,
      fix: 'find the other CRD of that group with kubectl get crd, and delete the one that you do not need',
    };
  }
  if (established?.status === 'True') return undefined;
  const why = established === undefined ? '' : ` (${established.reason}: ${established.message})`;
  return { problem: `is not established${why}`, fix: READ_LOG };
}
