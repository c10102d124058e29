import { namespaceOf } from '../kubernetes/identity';
import type { ObjectReference } from '../kubernetes/kube-object';

/** One call of the Kubernetes API. */
export interface ApiCall {
  /** What the call does, for example `create the CertificateSigningRequest`. Errors begin with it. */
  readonly purpose: string;
  /** HTTP method. */
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Absolute path, percent-encoded, for example `/api/v1/namespaces/default/secrets/x`. */
  readonly path: string;
  /**
   * Query parameters, not encoded.
   * @default - none
   */
  readonly query?: Readonly<Record<string, string>>;
  /**
   * Sent as JSON.
   * @default - nothing
   */
  readonly body?: unknown;
  /**
   * Content type of the body.
   * @default 'application/json'
   */
  readonly contentType?: string;
  /**
   * The object concerned. Errors name it.
   * @default - errors name none
   */
  readonly object?: ObjectReference;
  /**
   * Whether an error may quote the API server (`message` of its `Status`). The message may repeat what was sent, so
   * this must be false for a body that contains a key.
   * @default false
   */
  readonly quotable?: boolean;
  /**
   * How long the call may take, in milliseconds, if that is less than the timeout of the {@link Cluster}.
   * @default - the timeout of the cluster
   */
  readonly timeout?: number;
  /**
   * How many bytes of a successful answer are wanted, as text in Latin-1: one character for each byte. A {@link Cluster} that
   * ignores it returns the whole answer.
   * @default - the whole answer, parsed
   */
  readonly start?: number;
}

/**
 * A connection to the API server of a cluster. {@link clusterFromKubeconfig} makes one; implement it to use a
 * Kubernetes client of your own.
 *
 * @example
 * ```ts
 * const version = await cluster.call({ purpose: 'read the version', method: 'GET', path: '/version' });
 * ```
 */
export interface Cluster {
  /** `https://HOST:PORT` of the API server. */
  readonly server: string;
  /**
   * Namespace of the context, for objects that name none.
   * @default 'default'
   */
  readonly namespace?: string;
  /** CA certificates (PEM) that verify the API server, if they were given explicitly. */
  readonly certificateAuthority?: string;
  /**
   * Makes one call.
   * @returns the answer, parsed
   * @throws EggtoothError `ERR_EGGTOOTH_UNREACHABLE`, `ERR_EGGTOOTH_CA`, `ERR_EGGTOOTH_UNAUTHORIZED`,
   * `ERR_EGGTOOTH_FORBIDDEN`, `ERR_EGGTOOTH_NOT_FOUND` or `ERR_EGGTOOTH_API`; `ERR_EGGTOOTH_KUBECONFIG` if the
   * credentials cannot be read; `ERR_EGGTOOTH_URL` for a path that is not percent-encoded
   */
  call(call: ApiCall): Promise<unknown>;
  /**
   * Name of the kubeconfig's context, for people.
   * @default - none, as in a pod
   */
  readonly context?: string;
  /**
   * Whether this runs on a node of the cluster, so that an endpoint on its loopback, such as `https://localhost:7445`, is the
   * one that Flux uses.
   * @default false
   */
  readonly onNode?: boolean;
  /**
   * The time by the clock of the API server, as far as its latest answer told it.
   * @default - the clock of this machine
   */
  now?(): Date;
  /**
   * Connects to the same API server with a client certificate instead of the credentials of this connection, through the
   * same proxy and with the same CA.
   * @param timeout - of one call, in milliseconds
   * @default - connects directly to the server
   */
  readonly connectAs?: (certificate: ClientCertificate, timeout: number) => Cluster;
  /** Closes idle connections. */
  close(): void;
}

/** The namespace of objects of namespaced kinds that state none, as kubectl chooses it. */
export function contextNamespace({ namespace }: Pick<Cluster, 'namespace'>): string {
  return namespaceOf({ namespace });
}

/** The time by the clock of the API server: it decides whether a certificate is valid. */
export function timeOf(cluster: Cluster): Date {
  return cluster.now?.() ?? new Date();
}

/** A client certificate with its key, PEM. */
export interface ClientCertificate {
  /** The certificate. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/**
 * Whether it makes no difference if a call is made twice. A POST creates an object, unless it is a review or a dry run.
 * All other calls state a desired result; an approval is idempotent because it tests uid and request.
 */
export function isIdempotent({ method, path, query }: ApiCall): boolean {
  return method !== 'POST' || query?.dryRun !== undefined || REVIEWS.test(path);
}

const REVIEWS = /^\/apis\/auth(entication|orization)\.k8s\.io\//;
