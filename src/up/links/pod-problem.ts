import type { Problem } from '../../errors';
import { conditionOf } from '../../kubernetes/conditions';
import { fieldAt, lineAt, listAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';

/** Why a pod does not run, and what to do about it. */
export interface PodProblem extends Problem {
  /** Whether the status says only that the pod is starting. Events may say why it takes long. */
  readonly starting?: boolean;
  /** Whether no node takes the pod. A node that is not Ready does not. */
  readonly unscheduled?: boolean;
}

/** Reasons of a waiting container that concern its image. */
const IMAGE = /^(ErrImage\w+|ImagePullBackOff|InvalidImageName|ImageInspectError|RegistryUnavailable|Signature\w+)$/;
/** Reasons of a waiting container that say only that it is starting. */
const STARTING = /^(ContainerCreating|PodInitializing|)$/;

/**
 * Finds out from the status of a pod why it does not run: it is not scheduled, has no image, or a container does not
 * run.
 * @param container - the only container that matters, besides the init containers; all containers by default
 */
export function podProblem(pod: KubeObject, container?: string): PodProblem | undefined {
  const [phase = '', node] = [lineAt(pod, 'status', 'phase'), lineAt(pod, 'spec', 'nodeName')];
  if (fieldAt(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    return { problem: 'is being deleted', fix: 'wait until it is gone; its controller creates another one' };
  }
  if (phase === 'Failed' || phase === 'Succeeded') {
    const why = [lineAt(pod, 'status', 'reason'), lineAt(pod, 'status', 'message')].filter(Boolean).join(': ');
    return {
      problem: `has ended (${phase}${why && `, ${why}`})`,
      fix: 'delete it; its controller creates another one',
    };
  }
  if (node === undefined) return notScheduled(pod);
  for (const status of statusesOf(pod, container)) {
    const problem = containerProblem(pod, status, node);
    if (problem !== undefined) return problem;
  }
  if (phase === 'Running') return undefined;
  return { problem: `is scheduled to ${node} but has not started`, fix: checkKubelet(node), starting: true };
}

function statusesOf(pod: KubeObject, container: string | undefined): readonly unknown[] {
  const init = listAt(pod, 'status', 'initContainerStatuses');
  const ordinary = listAt(pod, 'status', 'containerStatuses');
  return [...init, ...ordinary.filter((one) => container === undefined || lineAt(one, 'name') === container)];
}

function notScheduled(pod: KubeObject): PodProblem {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'False') {
    return { problem: 'is not scheduled: no scheduler has processed it', fix: 'check that kube-scheduler runs' };
  }
  return {
    problem: `is not scheduled (${scheduled.reason}): ${scheduled.message}`,
    fix: 'add a node that fits the pod, or change the tolerations and resources of the pod',
    unscheduled: true,
  };
}

function containerProblem(pod: KubeObject, status: unknown, node: string): PodProblem | undefined {
  const name = lineAt(status, 'name') ?? '';
  const waiting = fieldAt(status, 'state', 'waiting');
  const ended = fieldAt(status, 'state', 'terminated') ?? (waiting && fieldAt(status, 'lastState', 'terminated'));
  const reason = lineAt(waiting, 'reason') ?? '';
  const message = lineAt(waiting, 'message') ?? '';
  if (IMAGE.test(reason)) {
    return {
      problem: `has no image for container ${name}, ${lineAt(status, 'image')} (${reason}${suffix(message)})`,
      fix: imageFix(reason, node),
    };
  }
  if (ended !== undefined) return exitProblem(pod, name, ended, status);
  if (waiting === undefined) return undefined;
  if (STARTING.test(reason)) {
    return { problem: `is starting container ${name}${suffix(message)}`, fix: checkKubelet(node), starting: true };
  }
  return { problem: `cannot start container ${name} (${reason}${suffix(message)})`, fix: 'fix what the message names' };
}

function imageFix(reason: string, node: string): string {
  if (reason === 'InvalidImageName') return 'fix the name of the image';
  if (reason === 'ErrImageNeverPull') return `load it onto the node ${node}, or let imagePullPolicy allow a pull`;
  return `check that the node ${node} reaches the registry and may pull the image`;
}

function exitProblem(pod: KubeObject, name: string, ended: unknown, status: unknown): PodProblem | undefined {
  const [code, reason] = [fieldAt(ended, 'exitCode'), lineAt(ended, 'reason') ?? 'Error'];
  // A completed init container.
  if (code === 0 && fieldAt(status, 'state', 'terminated') !== undefined && fieldAt(status, 'ready') === true) {
    return undefined;
  }
  const { metadata } = pod;
  const restarts = fieldAt(status, 'restartCount') ?? 0;
  return {
    problem: `has a container that exits, ${name}: exit code ${code} (${reason}), ${restarts} restarts`,
    fix: `read its log: kubectl logs -n ${metadata.namespace} ${metadata.name} -c ${name} --previous`,
  };
}

function checkKubelet(node: string): string {
  return `check the kubelet of ${node}: kubectl describe node ${node}`;
}

function suffix(text: string): string {
  return text && `: ${text}`;
}
