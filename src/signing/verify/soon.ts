import { setTimeout as sleep } from 'node:timers/promises';
import { EggtoothError } from '../../errors';
import type { Check } from './verifier';

/** How often it is looked, in milliseconds. */
const PAUSE = 100;

/** Looks again until a check is ok, for some milliseconds; resolves to how it stands then. */
export async function soon(check: string, timeout: number, look: () => Promise<Omit<Check, 'check'>>): Promise<Check> {
  const end = Date.now() + timeout;
  for (;;) {
    const seen = await look().catch((error: unknown) => {
      if (error instanceof EggtoothError) return { ok: false, detail: error.problem };
      throw error;
    });
    if (seen.ok || Date.now() + PAUSE > end) return { check, ...seen };
    await sleep(PAUSE);
  }
}
