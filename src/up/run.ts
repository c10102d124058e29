import type { Cluster } from '../cluster/cluster';
import { ClusterObjects } from '../cluster/cluster-objects';
import { Deadline } from '../cluster/poll';
import { RetryingCluster } from '../cluster/retrying-cluster';

/** What every step against a live cluster takes. */
export interface RunOptions {
  /**
   * How long all of it may take, in milliseconds.
   * @default 300000
   */
  readonly timeout?: number;
  /** Is told what is being done, or waited for. */
  readonly onProgress?: (step: string) => void;
}

/** What the steps of one run share: the time that is left, the patience, and what discovery has found. */
export class Run {
  readonly deadline: Deadline;
  /** Repeats calls that fail for reasons that pass. */
  readonly cluster: RetryingCluster;
  readonly objects: ClusterObjects;
  private said = '';

  constructor(
    cluster: Cluster,
    private readonly options: RunOptions,
  ) {
    this.deadline = new Deadline(options.timeout ?? 300_000);
    this.cluster = new RetryingCluster(cluster, this.deadline, (step) => this.say(step));
    this.objects = new ClusterObjects(this.cluster);
  }

  /** Tells what is being done; the same twice in a row is told once. */
  say(step: string): void {
    if (step === this.said) return;
    this.said = step;
    this.options.onProgress?.(step);
  }
}
