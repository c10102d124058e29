import { type ObjectReference, printReference } from './kubernetes/kube-object';

/** Identifies an error. Codes are stable across releases, unlike messages. */
export type ErrorCode =
  /** The URL of an API server or a HelmRepository is invalid. */
  | 'ERR_EGGTOOTH_URL'
  /** A route is invalid: the API server would reject one of its parts, or interpret it differently. */
  | 'ERR_EGGTOOTH_ROUTE'
  /** A certificate cannot, or must not, name the user. */
  | 'ERR_EGGTOOTH_USER'
  /** An OCIRepository or ArtifactGenerator is invalid. */
  | 'ERR_EGGTOOTH_SOURCE'
  /** The bundle does not exist, or is not readable as Kubernetes objects. */
  | 'ERR_EGGTOOTH_BUNDLE'
  /** The bundle breaks rules of the chain. */
  | 'ERR_EGGTOOTH_CHAIN'
  /** An option has an invalid value. */
  | 'ERR_EGGTOOTH_OPTION'
  /** A file exists already, cannot be written, or is missing in the installation of eggtooth. */
  | 'ERR_EGGTOOTH_FILE'
  /** The kubeconfig does not exist, is not readable, or must not be used. */
  | 'ERR_EGGTOOTH_KUBECONFIG'
  /** The API server is not reachable, did not answer in time, or closed the connection. */
  | 'ERR_EGGTOOTH_UNREACHABLE'
  /** The CA is not a list of certificates, the API server's certificate cannot be verified with it, or it cannot sign. */
  | 'ERR_EGGTOOTH_CA'
  /** 401: the API server could not authenticate the caller. */
  | 'ERR_EGGTOOTH_UNAUTHORIZED'
  /** 403: the caller lacks a permission, or something else forbids the call: see {@link EggtoothError.refusal}. */
  | 'ERR_EGGTOOTH_FORBIDDEN'
  /** 404: an object or its namespace does not exist. */
  | 'ERR_EGGTOOTH_NOT_FOUND'
  /** Any other failure that the API server reported. */
  | 'ERR_EGGTOOTH_API'
  /** The request was changed or replaced between its creation and its approval. */
  | 'ERR_EGGTOOTH_REQUEST_CHANGED'
  /** The admission policy that restricts approvals is not enforced. */
  | 'ERR_EGGTOOTH_POLICY'
  /** The request is not one for a reader's certificate, and is not approved. */
  | 'ERR_EGGTOOTH_REQUEST'
  /** Nobody has approved the request yet. */
  | 'ERR_EGGTOOTH_NOT_APPROVED'
  /** The request does not exist anymore, and was too recent for the cluster to delete it. */
  | 'ERR_EGGTOOTH_REQUEST_DELETED'
  /** The request does not exist anymore: the cluster deletes requests after 1 h, and pending ones after 24 h. */
  | 'ERR_EGGTOOTH_REQUEST_EXPIRED'
  /** The request was denied. */
  | 'ERR_EGGTOOTH_DENIED'
  /** The signer rejected the approved request. */
  | 'ERR_EGGTOOTH_SIGNING_FAILED'
  /** The request was approved, but not signed: this cluster does not run the signer. */
  | 'ERR_EGGTOOTH_NO_SIGNER'
  /** The certificate is not the requested one. */
  | 'ERR_EGGTOOTH_CERTIFICATE'
  /** A certificate in the cluster is missing, expired or wrong. */
  | 'ERR_EGGTOOTH_STATUS'
  /** Reading through the API server failed, so nothing is written, or it succeeded after a revocation. */
  | 'ERR_EGGTOOTH_VERIFICATION'
  /** A link of the chain did not become ready in time. */
  | 'ERR_EGGTOOTH_NOT_READY'
  /** The cluster has a higher generation of a reader than the bundle: the bundle's user was revoked. */
  | 'ERR_EGGTOOTH_GENERATION'
  /** Objects in the cluster still need what is to be deleted. */
  | 'ERR_EGGTOOTH_IN_USE'
  /** The cluster has a newer version of Flux than the bundle. */
  | 'ERR_EGGTOOTH_DOWNGRADE'
  /** An object in the cluster is somebody else's, and writing it would overwrite what they wrote. */
  | 'ERR_EGGTOOTH_FOREIGN';

/** What is wrong with something, and what to do about it. */
export interface Problem {
  /** What is wrong, as the end of a sentence about the thing concerned. */
  readonly problem: string;
  /** What to do about it, as an imperative. */
  readonly fix: string;
}

/**
 * What made the API server refuse a call: a missing permission (`permission`), permissions that the caller may not grant
 * (`escalation`), a namespace that is being deleted (`terminating`) or does not exist (`missing-namespace`), a
 * ResourceQuota, a LimitRange, the pod security level of the namespace, a ServiceAccount that does not exist, an admission
 * policy, a webhook that denies the call (`webhook`) or does not answer (`webhook-failed`), the restriction of a node's
 * credentials, any other admission plugin (`admission`), a field that cannot be changed (`immutable`), another version of
 * the object than the call names (`stale`), or no way to the pod (`no-agent`). `unknown` is a 403 without a reason.
 */
export type Refusal =
  | 'permission'
  | 'escalation'
  | 'terminating'
  | 'missing-namespace'
  | 'quota'
  | 'limit-range'
  | 'pod-security'
  | 'service-account'
  | 'policy'
  | 'webhook'
  | 'webhook-failed'
  | 'stale'
  | 'node-restriction'
  | 'admission'
  | 'immutable'
  | 'no-agent'
  | 'unknown';

/** Options for {@link EggtoothError}. */
export interface ErrorContext {
  /**
   * What to do about it, as an imperative.
   * @default - none
   */
  readonly fix?: string;
  /**
   * The Kubernetes object concerned.
   * @default - none
   */
  readonly object?: ObjectReference;
  /**
   * HTTP status of the API server's answer.
   * @default - none: the API server did not answer
   */
  readonly status?: number;
  /**
   * Whether the same call can succeed later.
   * @default false
   */
  readonly retryable?: boolean;
  /**
   * Name of the ValidatingAdmissionPolicy that denied the call.
   * @default - none
   */
  readonly deniedBy?: string;
  /**
   * What made the API server refuse the call.
   * @default - none, or the object itself
   */
  readonly refusal?: Refusal;
  /**
   * The field managers whose values the call would overwrite.
   * @default - none
   */
  readonly fieldManagers?: readonly string[];
  /**
   * The error that caused this one.
   * @default - none
   */
  readonly cause?: unknown;
}

/**
 * The class of all errors that eggtooth throws on purpose. The message says what is wrong, where, and how to fix it. It never
 * contains a private key or the raw answer of an API server.
 *
 * @example
 * ```ts
 * try {
 *   ApiServer.fromUrl('http://example.org:6443');
 * } catch (error) {
 *   if (isError(error, 'ERR_EGGTOOTH_URL')) console.error(error.fix);
 * }
 * ```
 */
export class EggtoothError extends Error {
  /** Always `EggtoothError`. */
  override readonly name = 'EggtoothError';
  /** What to do about it. */
  declare readonly fix?: string;
  /** The Kubernetes object concerned. */
  declare readonly object?: ObjectReference;
  /** HTTP status of the API server's answer, if there was one. */
  declare readonly status?: number;
  /** Name of the ValidatingAdmissionPolicy that denied the call, if one did. */
  declare readonly deniedBy?: string;
  /** What made the API server refuse the call, if it was not the object itself. */
  declare readonly refusal?: Refusal;
  /** The field managers whose values the call would overwrite, if there are any. */
  declare readonly fieldManagers?: readonly string[];
  /** Whether the same call can succeed later: after no answer, 409, 429, or a failure of the server. */
  readonly retryable: boolean;

  constructor(
    /** Identifies the error; stable across releases. */
    readonly code: ErrorCode,
    /** What is wrong, without the object and the fix. */
    readonly problem: string,
    { cause, retryable = false, ...context }: ErrorContext = {},
  ) {
    const { object, fix } = context;
    const where = object === undefined ? '' : `${printReference(object)}: `;
    const message = `${where}${problem}${fix === undefined ? '' : `\n  fix: ${fix}`}`;
    super(message, cause === undefined ? undefined : { cause });
    this.retryable = retryable;
    // Absent fields are not defined, so that an inspected error shows no `undefined`.
    for (const [field, value] of Object.entries(context)) {
      if (value !== undefined) Object.defineProperty(this, field, { value, enumerable: true });
    }
  }
}

/**
 * Whether something thrown is an {@link EggtoothError} of one of the codes.
 *
 * @example
 * ```ts
 * if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN', 'ERR_EGGTOOTH_UNAUTHORIZED')) console.error(error.fix);
 * ```
 */
export function isError(error: unknown, ...codes: readonly ErrorCode[]): error is EggtoothError {
  return error instanceof EggtoothError && codes.includes(error.code);
}

/** The value of a promise; `undefined` if it fails with an {@link EggtoothError} of one of the codes. */
export async function undefinedOn<Result>(
  promise: Promise<Result>,
  ...codes: readonly ErrorCode[]
): Promise<Result | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isError(error, ...codes)) return undefined;
    throw error;
  }
}

/** A text of unknown origin that is safe for a terminal: printable ASCII, at most 200 characters. */
export function quote(text: string): string {
  const plain = text.replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return plain.length > 200 ? `${plain.slice(0, 200)}...` : plain;
}
