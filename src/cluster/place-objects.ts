import { Chain } from '../chain/chain';
import { fieldAt, stringAt } from '../kubernetes/fields';
import { isClusterScoped, isCrd, isNamespacedKind } from '../kubernetes/kinds';
import { groupOf, type KubeObject } from '../kubernetes/kube-object';
import { type Cluster, contextNamespace } from './cluster';
import type { ClusterObjects } from './cluster-objects';

/**
 * Objects with the namespace that they have in the cluster: that of the context, if their kind is namespaced and they
 * state none. The API server is asked about kinds that neither Kubernetes, Flux nor a CustomResourceDefinition among the
 * objects defines.
 *
 * @returns the same list if every object states its namespace
 * @throws EggtoothError any code of {@link Cluster.call}
 */
export async function placeObjects(
  cluster: Pick<Cluster, 'namespace'>,
  objects: readonly KubeObject[],
  discovery: Pick<ClusterObjects, 'discover'>,
): Promise<readonly KubeObject[]> {
  const scopeOf = scopesIn(objects);
  const isNamespaced = async (object: KubeObject) =>
    scopeOf(object) ?? (await discovery.discover(object))?.namespaced === true;
  const placed: KubeObject[] = [];
  for (const object of objects) {
    placed.push(!statesNamespace(object) && (await isNamespaced(object)) ? inNamespace(object, cluster) : object);
  }
  return placed.some((object, index) => object !== objects[index]) ? placed : objects;
}

/** A chain whose objects have the namespace that they have in the cluster. Kinds that it does not know have no part in it. */
export function placeChain(cluster: Pick<Cluster, 'namespace'>, chain: Chain): Chain {
  if (!lacksNamespaces(chain.objects)) return chain;
  const scopeOf = scopesIn(chain.objects);
  return Chain.fromObjects(
    chain.objects.map((object) =>
      !statesNamespace(object) && scopeOf(object) ? inNamespace(object, cluster) : object,
    ),
  );
}

/** Whether the namespace of an object depends on the context. */
export function lacksNamespaces(objects: readonly KubeObject[]): boolean {
  return objects.some((object) => !statesNamespace(object) && isNamespacedKind(object));
}

function statesNamespace({ metadata: { namespace } }: KubeObject): boolean {
  return namespace !== undefined && namespace !== null && namespace !== '';
}

function inNamespace(object: KubeObject, cluster: Pick<Cluster, 'namespace'>): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace: contextNamespace(cluster) } };
}

/** Whether kinds are namespaced, as far as that is known without the cluster. */
function scopesIn(objects: readonly KubeObject[]): (object: KubeObject) => boolean | undefined {
  const scopes = new Map(
    objects.filter(isCrd).map(({ spec }) => {
      const kind = `${stringAt(spec, 'group')} ${stringAt(spec, 'names', 'kind')}`;
      return [kind, fieldAt(spec, 'scope') === 'Namespaced'];
    }),
  );
  return (object) => {
    if (isClusterScoped(object)) return false;
    return isNamespacedKind(object) ? true : scopes.get(`${groupOf(object.apiVersion)} ${object.kind}`);
  };
}
