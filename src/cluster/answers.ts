import { EggtoothError, type ErrorCode } from '../errors';
import { stringAt } from '../kubernetes/fields';
import type { ApiCall } from './cluster';

const BY_STATUS: Readonly<Record<number, readonly [code: ErrorCode, reason: string, fix: string]>> = {
  401: ['ERR_EGGTOOTH_UNAUTHORIZED', 'does not know who is calling', 'renew the credentials of the kubeconfig'],
  403: ['ERR_EGGTOOTH_FORBIDDEN', 'forbids it', 'ask for the right'],
  404: ['ERR_EGGTOOTH_NOT_FOUND', 'does not have it', 'the object or its namespace is missing: apply it first'],
};

/** TLS failures of Node that mean: this CA did not sign that certificate, or the name is not in it. */
const TLS_ERRORS = /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/** How the API server says that a ValidatingAdmissionPolicy denied a call; its Status has no field for it. */
const DENIED_BY =
  /^\S+ "[^"]*" is forbidden: ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: /;

/**
 * The error for an answer that is not success. Of the answer's body, which may echo what was sent, only a call that is
 * quotable shows something.
 */
export function errorOfAnswer(call: ApiCall, server: string, status: number, body: string): EggtoothError {
  const message = messageOf(body);
  // Server-side apply answers 500 to what does not fit the schema.
  const refused = status < 500 || message.startsWith('failed to create typed patch object');
  const quote = call.quotable && message !== '' ? `: ${message}` : '';
  const refusalFix = quote === '' ? 'compare the object with --dry-run' : 'mend what it names';
  const [code, reason, fix] = BY_STATUS[status] ?? [
    'ERR_EGGTOOTH_API',
    refused ? 'refuses the object' : 'failed',
    refused ? refusalFix : 'look at its log, then run again: a second run goes on safely',
  ];
  const right = status === 403 ? `: ${verb(call)} on ${call.path}` : '';
  return new EggtoothError(code, `cannot ${call.purpose}: the API server ${server} ${reason} (${status})${quote}`, {
    fix: `${fix}${right}`,
    object: call.object,
    status,
    retryable: code === 'ERR_EGGTOOTH_API' && (!refused || status === 409 || status === 429),
    deniedBy: DENIED_BY.exec(message)?.[1],
  });
}

/** The error for an answer that is none of the API server's: an HTML page, nothing, half of it, or without end. */
export function errorOfUnreadable(call: ApiCall, server: string, status: number, what: string): EggtoothError {
  return new EggtoothError(
    'ERR_EGGTOOTH_API',
    `cannot ${call.purpose}: the API server ${server} answered ${what} (${status})`,
    {
      fix: 'check that the address is the one of the API server: a proxy or a login page between answers so',
      object: call.object,
      status,
      retryable: true,
    },
  );
}

/** The error for a call that got no answer. */
export function errorOfConnection(call: ApiCall, server: string, error: unknown): EggtoothError {
  const { name = '', code = '', message = '' } = error as Partial<NodeJS.ErrnoException>;
  if (TLS_ERRORS.test(code)) {
    return new EggtoothError(
      'ERR_EGGTOOTH_CA',
      `cannot ${call.purpose}: the certificate of ${server} is not trusted (${code})`,
      {
        fix: 'give the CA that signed the certificate of this very address, and an address that stands in it',
        object: call.object,
        cause: error,
      },
    );
  }
  const reason =
    name === 'AbortError' || name === 'TimeoutError'
      ? 'gave no answer in time'
      : `was not reached (${code || message})`;
  return new EggtoothError('ERR_EGGTOOTH_UNREACHABLE', `cannot ${call.purpose}: the API server ${server} ${reason}`, {
    fix: 'check its address and the network between, then run again: a second run goes on safely',
    object: call.object,
    retryable: true,
    cause: error,
  });
}

/** The message of a Status, on one line and not for pages. */
function messageOf(body: string): string {
  try {
    const message = stringAt(JSON.parse(body), 'message')?.replace(/\s+/g, ' ') ?? '';
    return message.length > 400 ? `${message.slice(0, 400)}…` : message;
  } catch {
    return '';
  }
}

function verb({ method, path, contentType }: ApiCall): string {
  if (method === 'GET') return 'get';
  if (method === 'POST') return 'create';
  if (method === 'DELETE') return 'delete';
  if (path.endsWith('/approval')) return 'patch (and approve on the signer)';
  return contentType === 'application/apply-patch+yaml' ? 'patch (and create, while it does not exist)' : 'patch';
}
