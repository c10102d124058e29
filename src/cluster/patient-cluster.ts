import { EggtoothError } from '../errors';
import { fieldAt } from '../kubernetes/fields';
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

  call(call: ApiCall): Promise<unknown> {
    const attempt = () => this.cluster.call({ ...call, timeout: this.deadline.patience });
    return this.persist(attempt, (error) => isTransient(error) && isRepeatable(call, error));
  }

  /** Does something again while it fails for reasons that pass, until the deadline; then throws what it threw last. */
  async persist<Result>(attempt: () => Promise<Result>, passes: (error: EggtoothError) => boolean): Promise<Result> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof EggtoothError && passes(error) && (await this.deadline.pause(pause)))) throw error;
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
export function isTransient({ code, cause }: EggtoothError): boolean {
  if (code === 'ERR_EGGTOOTH_UNREACHABLE') return true;
  return code === 'ERR_EGGTOOTH_API' && ([409, 429].includes(statusOf(cause)) || fieldAt(cause, 'refused') === false);
}

function statusOf(cause: unknown): number {
  return Number(fieldAt(cause, 'status'));
}

/**
 * Whether the call, made twice, does no more than made once: it was refused before it did anything, or it says how things
 * are to be. An approval is one of these, as it tests uid and bytes. A conflict is final for a deletion, which names an
 * object that is gone, and for a name that is taken.
 */
function isRepeatable({ method, body }: ApiCall, { cause }: EggtoothError): boolean {
  const status = statusOf(cause);
  if (status === 429) return true;
  if (method === 'POST') return status === 409 && fieldAt(body, 'metadata', 'generateName') !== undefined;
  return !(method === 'DELETE' && status === 409);
}
