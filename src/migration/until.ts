import type { Deadline } from '../cluster/deadline';

const [FIRST_PAUSE, LONGEST_PAUSE] = [50, 1000];
/** What another look may take, in milliseconds: one that was cut off would hide what was seen before. */
const LOOK = 500;

/** Looks again and again until it is done or the time is over, and returns what was seen last. */
export async function until<Seen>(
  deadline: Deadline,
  look: () => Promise<Seen>,
  isDone: (seen: Seen) => boolean,
): Promise<Seen> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const seen = await look();
    if (isDone(seen) || deadline.left < pause + LOOK || !(await deadline.pause(pause))) return seen;
  }
}
