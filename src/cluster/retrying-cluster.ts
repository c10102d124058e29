import { EggtoothError } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import { type ApiCall, type Cluster, timeOf } from './cluster';
import { Deadline, poll } from './poll';

const PAUSES = { first: 100, longest: 2000 };

/** A cluster that retries calls with transient failures until a deadline. */
export class RetryingCluster implements Cluster {
  readonly server: string;
  readonly namespace?: string;
  readonly certificateAuthority?: string;
  readonly onNode?: boolean;
  readonly connectAs?: NonNullable<Cluster['connectAs']>;

  /** @param onRetry - called with the reason for each retry */
  constructor(
    private readonly cluster: Cluster,
    private readonly deadline: Deadline,
    private readonly onRetry: (error: EggtoothError) => void,
  ) {
    this.server = cluster.server;
    this.namespace = cluster.namespace;
    this.certificateAuthority = cluster.certificateAuthority;
    this.onNode = cluster.onNode;
    if (cluster.connectAs !== undefined) this.connectAs = cluster.connectAs.bind(cluster);
  }

  call(call: ApiCall): Promise<unknown> {
    const attempt = () => this.cluster.call({ ...call, timeout: this.deadline.callTimeout });
    return this.retry(attempt, (error) => error.retryable && isRepeatable(call, error));
  }

  /** Repeats `attempt` while `mayRetry` allows it for its error. At the deadline, the last error is thrown. */
  async retry<Result>(attempt: () => Promise<Result>, mayRetry: (error: EggtoothError) => boolean): Promise<Result> {
    const outcome = await poll(
      this.deadline,
      () =>
        attempt().then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        ),
      (seen) => 'value' in seen || !(seen.error instanceof EggtoothError && mayRetry(seen.error)),
      {
        ...PAUSES,
        onWait: (seen) => {
          if ('error' in seen && seen.error instanceof EggtoothError) this.onRetry(seen.error);
        },
      },
    );
    if ('value' in outcome) return outcome.value;
    throw outcome.error;
  }

  now(): Date {
    return timeOf(this.cluster);
  }

  close(): void {
    this.cluster.close();
  }
}

/** A cluster whose calls are retried for a number of milliseconds. */
export function retrying(cluster: Cluster, timeout: number, onProgress: (step: string) => void): RetryingCluster {
  return new RetryingCluster(cluster, new Deadline(timeout), ({ problem }) => onProgress(`retrying: ${problem}`));
}

/**
 * Whether a failed call may be repeated: it states a desired result, or it was rejected before it changed anything. A
 * conflict is final for a deletion, whose object has been replaced, for a creation, unless the API server chooses the
 * name, and for a write to a certain resourceVersion. Reviews are not repeated here: checks repeat them for as long as a change may take.
 */
function isRepeatable({ method, body }: ApiCall, { status }: EggtoothError): boolean {
  if (status === 429) return true;
  if (method === 'POST') return status === 409 && fieldAt(body, 'metadata', 'generateName') !== undefined;
  return !(status === 409 && (method === 'DELETE' || fieldAt(body, 'metadata', 'resourceVersion') !== undefined));
}
