import { poll } from '../cluster/poll';
import { EggtoothError, type Problem } from '../errors';
import { type ObjectReference, printReference } from '../kubernetes/kube-object';
import type { Run } from './run';

/** A link of the chain that does not hold, as it was seen in the cluster. */
export interface BrokenLink extends Problem {
  readonly object: ObjectReference;
}

/**
 * Waits until a link holds.
 * @param probe - looks whether it does; resolves to what is broken, or to `undefined`
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with what was seen last, when the time is over
 */
export async function untilHolds(run: Run, probe: () => Promise<BrokenLink | undefined>): Promise<void> {
  const broken = await poll(run.deadline, probe, (seen) => {
    if (seen !== undefined) run.say(`waiting for ${printReference(seen.object)}: ${seen.problem}`);
    return seen === undefined;
  });
  if (broken !== undefined) throw notReady(broken, run.deadline.timeout);
}

/** The error for a link that did not hold in time. */
export function notReady({ object, problem, fix }: BrokenLink, timeout: number): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_NOT_READY', `${problem} (waited ${timeout / 1000} s)`, { fix, object });
}
