import { EggtoothError } from '../errors';
import { type ObjectReference, printReference } from '../kubernetes/kube-object';
import type { Run } from './run';

/** A link of the chain that does not hold, as it was seen in the cluster. */
export interface BrokenLink {
  readonly object: ObjectReference;
  /** What was seen. */
  readonly problem: string;
  /** What to do about it. */
  readonly fix: string;
}

const [FIRST_PAUSE, LONGEST_PAUSE] = [50, 1000];

/**
 * Waits until a link holds.
 * @param probe - looks whether it does; resolves to what is broken, or to `undefined`
 * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with what was seen last, when the time is over
 */
export async function untilHolds(run: Run, probe: () => Promise<BrokenLink | undefined>): Promise<void> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const broken = await probe();
    if (broken === undefined) return;
    run.say(`waiting for ${printReference(broken.object)}: ${broken.problem}`);
    if (!(await run.deadline.pause(pause))) throw notReady(broken, run.deadline.timeout);
  }
}

/** The error for a link that did not hold in time. */
export function notReady({ object, problem, fix }: BrokenLink, timeout: number): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_NOT_READY', `${problem} (waited ${timeout / 1000} s)`, { fix, object });
}
