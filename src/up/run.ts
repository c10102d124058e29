import type { Cluster } from '../cluster/cluster';
import { ClusterObjects } from '../cluster/cluster-objects';
import { placeObjects } from '../cluster/place-objects';
import { Deadline } from '../cluster/poll';
import { RetryingCluster } from '../cluster/retrying-cluster';
import type { KubeObject } from '../kubernetes/kube-object';

/** Options for {@link up}, {@link migrate} and the steps that they consist of. */
export interface RunOptions {
  /**
   * Time limit of the whole run, in milliseconds.
   * @default 300000
   */
  readonly timeout?: number;
  /**
   * Called with a line of text for each step, and for each reason to wait.
   * @default - nothing is reported
   */
  readonly onProgress?: (step: string) => void;
}

/** What the steps of a run share: the deadline, the connection, and the kinds that discovery has found. */
export class Run {
  readonly deadline: Deadline;
  /** Retries transient failures until the deadline. */
  readonly cluster: RetryingCluster;
  readonly objects: ClusterObjects;
  private lastStep = '';

  constructor(
    cluster: Cluster,
    private readonly options: RunOptions,
  ) {
    this.deadline = new Deadline(options.timeout ?? 300_000);
    this.cluster = new RetryingCluster(cluster, this.deadline, (step) => this.report(step));
    this.objects = new ClusterObjects(this.cluster);
  }

  /** Objects with the namespace that they have in the cluster: see {@link placeObjects}. */
  place(objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
    return placeObjects(this.cluster, objects, this.objects);
  }

  /** Reports progress, unless it is the same step again. */
  report(step: string): void {
    if (step === this.lastStep) return;
    this.lastStep = step;
    this.options.onProgress?.(step);
  }
}
