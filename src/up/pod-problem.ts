import type { Problem } from '../errors';
import { conditionOf } from '../kubernetes/conditions';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';

/** What keeps a pod from running, and what helps. */
export interface PodProblem extends Problem {
  /** Whether the status says no more than that it takes a while: events may say why. */
  readonly starting?: boolean;
}

/** Reasons of a waiting container that speak of its image. */
const IMAGE = /^(ErrImage\w+|ImagePullBackOff|InvalidImageName|ImageInspectError|RegistryUnavailable|Signature\w+)$/;
/** Reasons of a waiting container that say no more than that it takes a while. */
const STARTING = /^(ContainerCreating|PodInitializing|)$/;

/**
 * Why a pod does not run, as its status says: not scheduled, no image, no running container.
 * @param container - the only one that matters
 */
export function podProblem(pod: KubeObject, container?: string): PodProblem | undefined {
  const [phase = '', node] = [stringAt(pod, 'status', 'phase'), stringAt(pod, 'spec', 'nodeName')];
  if (fieldAt(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    return { problem: 'is being deleted', fix: 'wait until it is gone; its controller makes another one' };
  }
  if (phase === 'Failed' || phase === 'Succeeded') {
    const why = [stringAt(pod, 'status', 'reason'), stringAt(pod, 'status', 'message')].filter(Boolean).join(': ');
    return { problem: `has ended (${phase}${why && `, ${why}`})`, fix: 'delete it; its controller makes another one' };
  }
  if (node === undefined) return notScheduled(pod);
  for (const status of statusesOf(pod, container)) {
    const problem = containerProblem(pod, status, node);
    if (problem !== undefined) return problem;
  }
  if (phase === 'Running') return undefined;
  return { problem: `is scheduled to ${node} and has not started`, fix: seeKubelet(node), starting: true };
}

function statusesOf(pod: KubeObject, container: string | undefined): readonly unknown[] {
  const init = listAt(pod, 'status', 'initContainerStatuses');
  const ordinary = listAt(pod, 'status', 'containerStatuses');
  return [...init, ...ordinary.filter((one) => container === undefined || stringAt(one, 'name') === container)];
}

function notScheduled(pod: KubeObject): PodProblem {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'False') {
    return { problem: 'is not scheduled: no scheduler has looked at it', fix: 'check that kube-scheduler runs' };
  }
  return {
    problem: `is not scheduled (${scheduled.reason}): ${scheduled.message}`,
    fix: 'give the cluster a node that fits, or the pod the tolerations and resources that fit the node',
  };
}

function containerProblem(pod: KubeObject, status: unknown, node: string): PodProblem | undefined {
  const name = stringAt(status, 'name') ?? '';
  const waiting = fieldAt(status, 'state', 'waiting');
  const ended = fieldAt(status, 'state', 'terminated') ?? (waiting && fieldAt(status, 'lastState', 'terminated'));
  const reason = stringAt(waiting, 'reason') ?? '';
  const message = (stringAt(waiting, 'message') ?? '').replace(/\s+/g, ' ');
  if (IMAGE.test(reason)) {
    return {
      problem: `has no image for its container ${name}, ${stringAt(status, 'image')} (${reason}${said(message)})`,
      fix: imageFix(reason, node),
    };
  }
  if (ended !== undefined) return exitProblem(pod, name, ended, status);
  if (waiting === undefined) return undefined;
  if (STARTING.test(reason)) {
    return { problem: `is starting its container ${name}${said(message)}`, fix: seeKubelet(node), starting: true };
  }
  return {
    problem: `cannot start its container ${name} (${reason}${said(message)})`,
    fix: 'mend what the message names',
  };
}

function imageFix(reason: string, node: string): string {
  if (reason === 'InvalidImageName') return 'mend the name of the image';
  if (reason === 'ErrImageNeverPull') return `load it onto the node ${node}, or let it be pulled: imagePullPolicy`;
  return `see that the node ${node} reaches the registry and may pull that image`;
}

function exitProblem(pod: KubeObject, name: string, ended: unknown, status: unknown): PodProblem | undefined {
  const [code, reason] = [fieldAt(ended, 'exitCode'), stringAt(ended, 'reason') ?? 'Error'];
  // An init container that has done its work.
  if (code === 0 && fieldAt(status, 'state', 'terminated') !== undefined && fieldAt(status, 'ready') === true) {
    return undefined;
  }
  const { metadata } = pod;
  const restarts = fieldAt(status, 'restartCount') ?? 0;
  return {
    problem: `has a container that ends, ${name}: exit code ${code} (${reason}), restarted ${restarts} times`,
    fix: `read why: kubectl logs -n ${metadata.namespace} ${metadata.name} -c ${name} --previous`,
  };
}

function seeKubelet(node: string): string {
  return `look at the kubelet of ${node}: kubectl describe node ${node}`;
}

function said(text: string): string {
  return text && `: ${text}`;
}
