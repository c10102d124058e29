import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster';

/** The condition Ready of an object, and the generation that its controller has observed. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
  readonly generation: number;
  readonly observedGeneration: number;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface ObjectWithStatus {
  readonly metadata: { readonly generation?: number };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

export async function readiness(cluster: Cluster, kind: string, namespace: string, name: string): Promise<Readiness> {
  const json = await cluster.kubectl(['get', kind, name, '-n', namespace, '-o', 'json']);
  const { metadata, status }: ObjectWithStatus = JSON.parse(json);
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    ready: condition?.status === 'True',
    reason: condition?.reason ?? '',
    message: condition?.message ?? '',
    generation: metadata.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
  };
}

/**
 * Repeats a function until it neither throws nor returns false, and returns its result. Times are in milliseconds. The
 * default timeout is generous, because a busy machine may be slow.
 *
 * @throws the last error of the function, or an error that it still returned false
 */
export async function eventually<Result>(
  attempt: () => Promise<Result>,
  { timeout = 120_000, interval = 200 }: { readonly timeout?: number; readonly interval?: number } = {},
): Promise<Exclude<Result, false>> {
  const deadline = Date.now() + timeout;
  for (;;) {
    let failure: unknown = new Error(`still false after ${timeout} ms: ${attempt}`);
    try {
      const result = await attempt();
      if (result !== false) {
        return result as Exclude<Result, false>;
      }
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) {
      throw failure;
    }
    await sleep(interval);
  }
}
