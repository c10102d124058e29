import { isCrd, isNamespace } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';

/** What is applied together, one after the other. */
export interface Stages {
  readonly crds: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  /** All the others, in the order of the bundle. */
  readonly rest: readonly KubeObject[];
}

/** The order of a bundle: nothing comes before what defines its kind, or before its namespace. */
export function inOrder(objects: readonly KubeObject[]): Stages {
  return {
    crds: objects.filter(isCrd),
    namespaces: objects.filter(isNamespace),
    rest: objects.filter((object) => !isCrd(object) && !isNamespace(object)),
  };
}
