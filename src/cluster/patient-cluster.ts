import { fieldAt } from '../chain/fields';
import { type EggtoothError, isError } from '../errors';
import type { ApiCall, Cluster } from './cluster';
import type { Deadline } from './deadline';

const [FIRST_PAUSE, LONGEST_PAUSE] = [100, 2000];

/** A cluster whose calls are made again while they fail for reasons that pass, until a deadline. */
export class PatientCluster implements Cluster {
  readonly server: string;
  readonly certificateAuthority?: string;

  /** @param onRetry - is told why a call is made again */
  constructor(
    private readonly cluster: Cluster,
    private readonly deadline: Deadline,
    private readonly onRetry: (reason: string) => void,
  ) {
    this.server = cluster.server;
    this.certificateAuthority = cluster.certificateAuthority;
  }

  async call(call: ApiCall): Promise<unknown> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await this.cluster.call({ ...call, timeout: Math.max(1, this.deadline.left) });
      } catch (error) {
        if (!isTransient(error) || !isRepeatable(call, error) || !(await this.deadline.pause(pause))) throw error;
        this.onRetry(error.problem);
      }
    }
  }

  close(): void {
    this.cluster.close();
  }
}

/**
 * Whether the same may well succeed in a while: no answer, 409 (somebody else wrote at the same time), 429, or a server
 * that failed.
 */
export function isTransient(error: unknown): error is EggtoothError {
  if (isError(error, 'ERR_EGGTOOTH_UNREACHABLE')) return true;
  if (!isError(error, 'ERR_EGGTOOTH_API')) return false;
  return [409, 429].includes(statusOf(error)) || fieldAt(error.cause, 'refused') === false;
}

function statusOf(error: EggtoothError): number {
  return Number(fieldAt(error.cause, 'status'));
}

/** Whether the call, done twice, does no more than done once. A deletion that conflicts names an object that is gone. */
function isRepeatable({ method, contentType }: ApiCall, error: EggtoothError): boolean {
  if (method === 'POST') return false;
  if (method === 'DELETE') return statusOf(error) !== 409;
  return contentType !== 'application/json-patch+json';
}
