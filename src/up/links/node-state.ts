import { conditionOf } from '../../kubernetes/conditions';
import { fieldAt, listAt, stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';

/** Whether a node is Ready. */
export interface NodeState {
  readonly ready: boolean;
  /** Whether it is not Ready because it has no CNI, perhaps among other reasons. */
  readonly lacksCni: boolean;
  /** Why it is not Ready, as the end of a sentence about the node. */
  readonly problem: string;
}

/**
 * How kubelet begins the condition of the container runtime's network in the message of the condition Ready. No field
 * has it.
 */
const NO_NETWORK = /\bNetworkReady=false\b/;

/** Judges a node by its condition Ready. */
export function nodeState(node: KubeObject): NodeState {
  const ready = conditionOf(node, 'Ready');
  if (ready === undefined)
    return { ready: false, lacksCni: false, problem: 'is not Ready: kubelet has not reported it' };
  return {
    ready: ready.status === 'True',
    lacksCni: ready.status === 'False' && NO_NETWORK.test(ready.message),
    problem: `is not Ready (${ready.reason}: ${ready.message})`,
  };
}

/** Paths on a node that only the pods of a CNI need, such as /etc/cni/net.d and /opt/cni/bin. */
const CNI_PATH = /(^|\/)cni(-[a-z]+)?(\/|$)/;

/** Whether the pods of a workload install a CNI on their node. */
export function installsCni(workload: KubeObject): boolean {
  const volumes = listAt(workload, 'spec', 'template', 'spec', 'volumes');
  return volumes.some((volume) => CNI_PATH.test(stringAt(volume, 'hostPath', 'path') ?? ''));
}

/** Whether a controller, such as the operator of a CNI, created an object. */
export function hasController({ metadata }: KubeObject): boolean {
  return listAt(metadata, 'ownerReferences').some((owner) => fieldAt(owner, 'controller') === true);
}
