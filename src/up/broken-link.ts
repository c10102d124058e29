import { poll } from '../cluster/poll';
import { EggtoothError, type Problem } from '../errors';
import { type ObjectReference, printReference } from '../kubernetes/kube-object';
import type { Run } from './run';

/** A link of the chain that is broken in the cluster. */
export interface BrokenLink extends Problem {
  readonly object: ObjectReference;
}

/**
 * Waits until a link is not broken.
 * @param probe - resolves to what is broken, or to `undefined`
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with what was seen last, if the deadline comes first
 */
export async function waitForLink(run: Run, probe: () => Promise<BrokenLink | undefined>): Promise<void> {
  const broken = await poll(run.deadline, probe, (seen) => {
    if (seen !== undefined) run.report(`waiting for ${printReference(seen.object)}: ${seen.problem}`);
    return seen === undefined;
  });
  if (broken !== undefined) throw notReady(broken, run.deadline.timeout);
}

/**
 * The error for a link that is still broken at the deadline.
 * @param timeout - how long the run waited, in milliseconds
 */
export function notReady({ object, problem, fix }: BrokenLink, timeout: number): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_NOT_READY', `${problem} (waited ${timeout / 1000} s)`, { fix, object });
}
