import type { ObjectReference } from '../kubernetes/kube-object';

/** One call of the Kubernetes API. */
export interface ApiCall {
  /** What the call is for, as in `create the CertificateSigningRequest`: errors begin with it. */
  readonly purpose: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Absolute path, for example `/api/v1/namespaces/default/secrets/x`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** @default - application/json */
  readonly contentType?: string;
  /** The object concerned: errors name it. */
  readonly object?: ObjectReference;
  /**
   * Whether the error of a refusal may hold the API server's own words (`message` of its Status), which may repeat what
   * was sent: never for what could hold a key.
   * @default false
   */
  readonly quotable?: boolean;
  /**
   * How long the call may take, in milliseconds, if that is less than the cluster allows.
   * @default - what the cluster allows
   */
  readonly timeout?: number;
}

/** The door to a cluster: all that the signing step asks of a Kubernetes client. */
export interface Cluster {
  /** `https://HOST:PORT` of the API server. */
  readonly server: string;
  /** CA certificates (PEM) that the API server was verified with, if they were given explicitly. */
  readonly certificateAuthority?: string;
  /**
   * Makes one call and returns the parsed answer.
   * @throws EggtoothError with `ERR_EGGTOOTH_UNREACHABLE`, `_UNAUTHORIZED`, `_FORBIDDEN`, `_NOT_FOUND` or `_API`
   */
  call(call: ApiCall): Promise<unknown>;
  /** Closes idle connections. */
  close(): void;
}

/**
 * Whether a call that is made twice does no more than one that is made once. Of those that POST, only reviews and dry runs
 * store nothing; all others say how things are to be. An approval is one of these, as it tests uid and bytes.
 */
export function isIdempotent({ method, path, query }: ApiCall): boolean {
  return method !== 'POST' || query?.dryRun !== undefined || REVIEWS.test(path);
}

const REVIEWS = /^\/apis\/auth(entication|orization)\.k8s\.io\//;
