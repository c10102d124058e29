import type { Kind } from '../cluster/discovery';
import { listAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';
import type { Run } from '../up/run';

/** All objects of a kind, in every namespace; none if the cluster does not know the kind. */
export async function listAll({ cluster, objects }: Run, kind: Kind): Promise<readonly KubeObject[]> {
  const resource = await objects.discovery.find(kind);
  if (resource === undefined) return [];
  const answer = await cluster.call({
    purpose: `list the objects of kind ${kind.kind}`,
    method: 'GET',
    path: `${resource.base}/${resource.plural}`,
  });
  // In a list the items do not say what they are.
  return listAt(answer, 'items').map((item) => ({ ...kind, ...(item as Omit<KubeObject, keyof Kind>) }) as KubeObject);
}
