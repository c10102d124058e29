import { stringAt, stringsAt } from '../kubernetes/fields';
import type { ChainLinks } from './chain-links';
import { type Container, containersOf, onHostNetwork, type Workload } from './workloads';

/** The containers of Flux's helm-controller, by their name or image. */
export function helmControllers(workloads: readonly Workload[]): readonly Container[] {
  return workloads.flatMap(containersOf).filter((container) => runs(container, 'helm-controller'));
}

/** Whether a workload runs what Flux needs to read and install charts. */
export function isFlux(workload: Workload): boolean {
  return containersOf(workload).some((one) => runs(one, 'helm-controller') || runs(one, 'source-controller'));
}

/** Whether a workload runs Flux on the host network, where it needs no CNI. */
export function isFluxWithoutCni(workload: Workload): boolean {
  return onHostNetwork(workload) && isFlux(workload);
}

/**
 * Whether a bundle is for a node without CNI: Flux is on the host network, or reads through the API server for no other
 * reason.
 */
export function isForNodeWithoutCni({
  repositories,
  workloads,
}: Pick<ChainLinks, 'repositories' | 'workloads'>): boolean {
  return repositories.length > 0 || workloads.some(isFluxWithoutCni);
}

export function runs({ name, value }: Container, controller: string): boolean {
  const repository = (stringAt(value, 'image') ?? '').split('@', 1)[0]?.replace(/:[^/:]*$/, '');
  return name === controller || repository?.split('/').at(-1) === controller;
}

/** Whether a flag with a boolean value is set. Of several flags with the same name, the last one is in effect. */
export function isFlagSet({ value }: Container, flag: string): boolean {
  const last = stringsAt(value, 'args').findLast((arg) => arg.split('=', 1)[0] === flag);
  return last !== undefined && /^[^=]*(=(1|t|true))?$/i.test(last);
}

/** Whether a feature gate is on, as `--feature-gates=A=true,B=false` or in two arguments. The last value is in effect. */
export function isGateOn({ value }: Container, gate: string): boolean {
  const [flag, args] = ['--feature-gates', stringsAt(value, 'args')];
  const lists = args.flatMap((arg, index) =>
    arg === flag ? [args[index + 1] ?? ''] : arg.startsWith(`${flag}=`) ? [arg.slice(flag.length + 1)] : [],
  );
  const last = lists.flatMap((list) => list.split(',')).findLast((entry) => entry.split('=', 1)[0]?.trim() === gate);
  return last !== undefined && /=\s*(1|t|true)\s*$/i.test(last);
}
