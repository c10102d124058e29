import { type ObjectReference, printReference } from './kubernetes/kube-object';

/** What went wrong, as a stable code: messages may change between releases, codes do not. */
export type ErrorCode =
  /** An API server URL or a HelmRepository URL that Flux could not use. */
  | 'ERR_EGGTOOTH_URL'
  /** A pods/proxy or services/proxy URL segment that the API server would refuse or read otherwise. */
  | 'ERR_EGGTOOTH_ROUTE'
  /** A user name that must not, or cannot, stand in a certificate. */
  | 'ERR_EGGTOOTH_USER'
  /** An OCIRepository or an ArtifactGenerator that Flux could not use. */
  | 'ERR_EGGTOOTH_SOURCE'
  /** No bundle, or one that cannot be read as Kubernetes objects. */
  | 'ERR_EGGTOOTH_BUNDLE'
  /** The bundle can be read, and breaks rules of the chain. */
  | 'ERR_EGGTOOTH_CHAIN'
  /** An option with a value that it does not take. */
  | 'ERR_EGGTOOTH_OPTION'
  /** A file that exists already, cannot be written, or is missing where eggtooth is installed. */
  | 'ERR_EGGTOOTH_FILE'
  /** No kubeconfig, one that cannot be read, or one that must not be used. */
  | 'ERR_EGGTOOTH_KUBECONFIG'
  /** The API server was not reached, did not answer in time or broke off the connection. */
  | 'ERR_EGGTOOTH_UNREACHABLE'
  /** The CA at hand is no list of certificates, or the API server's certificate is not trusted with it. */
  | 'ERR_EGGTOOTH_CA'
  /** 401: the API server does not know who is calling. */
  | 'ERR_EGGTOOTH_UNAUTHORIZED'
  /** 403: the caller lacks a right. */
  | 'ERR_EGGTOOTH_FORBIDDEN'
  /** 404: an object or its namespace does not exist. */
  | 'ERR_EGGTOOTH_NOT_FOUND'
  /** Any other answer that is not success. */
  | 'ERR_EGGTOOTH_API'
  /** The request was changed or replaced between its creation and its approval. */
  | 'ERR_EGGTOOTH_REQUEST_CHANGED'
  /** The admission policy that limits what may be approved is not in force. */
  | 'ERR_EGGTOOTH_POLICY'
  /** The request asks for more than a reader's certificate, or for less: it is not approved. */
  | 'ERR_EGGTOOTH_REQUEST'
  /** Nobody has approved the request yet. */
  | 'ERR_EGGTOOTH_NOT_APPROVED'
  /** The request is not there any more, and was too young to be cleared away by the cluster. */
  | 'ERR_EGGTOOTH_REQUEST_DELETED'
  /** The request is not there any more; the cluster clears requests away after 1 h, or 24 h while they are open. */
  | 'ERR_EGGTOOTH_REQUEST_EXPIRED'
  /** The request was denied. */
  | 'ERR_EGGTOOTH_DENIED'
  /** The signer refused the approved request. */
  | 'ERR_EGGTOOTH_SIGNING_FAILED'
  /** Approved, and no certificate came: this cluster does not run the signer. */
  | 'ERR_EGGTOOTH_NO_SIGNER'
  /** The certificate is not the one that was asked for. */
  | 'ERR_EGGTOOTH_CERTIFICATE'
  /** A certificate in the cluster is missing, expired or wrong. */
  | 'ERR_EGGTOOTH_STATUS'
  /** All is written, and reading through the API server failed; or rights are cut, and it did not. */
  | 'ERR_EGGTOOTH_VERIFICATION'
  /** A link of the chain was not there in time: the first one that is broken. */
  | 'ERR_EGGTOOTH_NOT_READY'
  /** The cluster has a higher generation of a reader than the bundle: what the bundle names was revoked. */
  | 'ERR_EGGTOOTH_GENERATION'
  /** Something in the cluster still needs what was to be removed. */
  | 'ERR_EGGTOOTH_IN_USE';

/** What is wrong with something, and what to do about it. */
export interface Problem {
  /** What is wrong, as the end of a sentence about the thing concerned. */
  readonly problem: string;
  /** What to do about it, as an imperative. */
  readonly fix: string;
}

/** What an {@link EggtoothError} carries beside its message. */
export interface ErrorContext {
  /** What to do about it, as a sentence. */
  readonly fix?: string;
  /** The Kubernetes object concerned. */
  readonly object?: ObjectReference;
  /** HTTP status of the API server's answer. */
  readonly status?: number;
  /**
   * Whether the same call may well succeed later.
   * @default false
   */
  readonly retryable?: boolean;
  /** Name of the ValidatingAdmissionPolicy that denied the call. */
  readonly deniedBy?: string;
  /** The error below. */
  readonly cause?: unknown;
}

/**
 * Every error that eggtooth throws on purpose. The message says what is wrong, where, and how to fix it; it never holds a
 * private key or the raw answer of an API server.
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
  override readonly name = 'EggtoothError';
  /** What to do about it. */
  declare readonly fix?: string;
  /** The Kubernetes object concerned. */
  declare readonly object?: ObjectReference;
  /** HTTP status of the API server's answer, if there was one. */
  declare readonly status?: number;
  /** Name of the ValidatingAdmissionPolicy that denied the call, if one did. */
  declare readonly deniedBy?: string;
  /** Whether the same call may well succeed later: no answer, 409, 429, or a server that failed. */
  readonly retryable: boolean;

  constructor(
    /** Stable across releases. */
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
    // What is unknown is absent, so that an inspected error shows no `undefined`.
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

/** What a promise gives; `undefined` if it fails with an {@link EggtoothError} of one of the codes. */
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

/** A text that a stranger may have written, fit for a terminal: printable ASCII, at most 200 characters. */
export function quote(text: string): string {
  const plain = text.replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return plain.length > 200 ? `${plain.slice(0, 200)}...` : plain;
}
