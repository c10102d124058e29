import { type Deadline, poll } from '../../cluster/poll';
import { EggtoothError, type Problem } from '../../errors';
import type { ObjectReference } from '../../kubernetes/kube-object';
import type { Run } from '../run';

/** A link of the chain that is broken in the cluster. */
export interface BrokenLink extends Problem {
  readonly object: ObjectReference;
  /** Whether waiting is of no use. */
  readonly final?: boolean;
  /** Whether it may be the consequence of a link that is looked at later. */
  readonly consequence?: boolean;
}

/**
 * Waits until a link is not broken.
 * @param probe - resolves to what is broken, or to `undefined`
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with what was seen last, if waiting is of no use or the deadline comes
 * first
 */
export async function waitForLink(run: Run, probe: () => Promise<BrokenLink | undefined>): Promise<void> {
  const broken = await poll(run.deadline, probe, (seen) => seen === undefined || seen.final === true, {
    onWait: (seen) => seen && run.waitFor(seen),
  });
  if (broken !== undefined) throw notReady(broken, run.deadline);
}

/**
 * The error for a link that is still broken at the end of a run.
 * @param deadline - of the run
 */
export function notReady(
  { object, problem, fix, final }: BrokenLink,
  deadline: Pick<Deadline, 'timeout' | 'elapsed'>,
): EggtoothError {
  const seconds = Math.round((final ? deadline.elapsed : deadline.timeout) / 1000);
  return new EggtoothError('ERR_EGGTOOTH_NOT_READY', `${problem} (waited ${seconds} s)`, { fix, object });
}

/** Returns the first of some links that no other may have caused, else the first. */
export async function firstCause<Item>(
  items: readonly Item[],
  look: (item: Item) => Promise<BrokenLink | undefined>,
): Promise<BrokenLink | undefined> {
  let first: BrokenLink | undefined;
  for (const item of items) {
    const broken = await look(item);
    if (broken !== undefined && !broken.consequence) return broken;
    first ??= broken;
  }
  return first;
}
