import type { Cluster } from '../cluster/cluster';
import { ClusterObjects } from '../cluster/cluster-objects';
import { placeObjects } from '../cluster/place-objects';
import { Deadline } from '../cluster/poll';
import { RetryingCluster } from '../cluster/retrying-cluster';
import { WaitReports } from '../cluster/wait-reports';
import type { EggtoothError } from '../errors';
import { type KubeObject, type ObjectReference, printReference } from '../kubernetes/kube-object';

/** Options for {@link up}, {@link migrate} and the steps that they consist of. */
export interface RunOptions {
  /**
   * Time limit of the whole run, in milliseconds.
   * @default 300000
   */
  readonly timeout?: number;
  /**
   * Called with a line of text for each step, and for each reason to wait unless there is `onWait`.
   * @default - nothing is reported
   */
  readonly onProgress?: (step: string) => void;
  /**
   * Called with the reason before each pause of a wait, again and again while it lasts.
   * @param error - the failure of a call that is retried, if that is the reason
   * @default - `onProgress` is called once for each reason, and again every 30 s
   */
  readonly onWait?: (reason: string, error?: EggtoothError) => void;
}

/** What the steps of a run share: the deadline, the connection, and the kinds that discovery has found. */
export class Run {
  readonly deadline: Deadline;
  /** Retries transient failures until the deadline. */
  readonly cluster: RetryingCluster;
  readonly objects: ClusterObjects;
  private readonly reported = new Set<string>();
  private readonly waits: WaitReports;

  constructor(
    cluster: Cluster,
    private readonly options: RunOptions,
  ) {
    this.deadline = new Deadline(options.timeout ?? 300_000);
    this.cluster = new RetryingCluster(cluster, this.deadline, (error) =>
      this.wait(`retrying: ${error.problem}`, error),
    );
    this.objects = new ClusterObjects(this.cluster);
    this.waits = new WaitReports((line) => options.onProgress?.(line));
  }

  /** Objects with the namespace that they have in the cluster: see {@link placeObjects}. */
  place(objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
    return placeObjects(this.cluster, objects, this.objects);
  }

  /** Reports a step, unless it was reported before: attempts that are repeated take the same steps. */
  report(step: string): void {
    if (this.reported.has(step)) return;
    this.reported.add(step);
    this.waits.end();
    this.options.onProgress?.(step);
  }

  /** Reports a reason to wait. */
  wait(reason: string, error?: EggtoothError): void {
    const { onWait = () => this.waits.add(reason) } = this.options;
    onWait(reason, error);
  }

  /** Reports what is waited for, and what is wrong with it. */
  waitFor({ object, problem }: { readonly object: ObjectReference; readonly problem: string }): void {
    this.wait(`waiting for ${printReference(object)}: ${problem}`);
  }
}
