import { EggtoothError, type ErrorCode } from '../errors';
import type { ApiCall } from './cluster';

const BY_STATUS: Readonly<Record<number, readonly [code: ErrorCode, reason: string, cure: string]>> = {
  401: ['ERR_EGGTOOTH_UNAUTHORIZED', 'does not know who is calling', 'renew the credentials of the kubeconfig'],
  403: ['ERR_EGGTOOTH_FORBIDDEN', 'forbids it', 'ask for the right'],
  404: ['ERR_EGGTOOTH_NOT_FOUND', 'does not have it', 'apply the bundle first: the object or its namespace is missing'],
};

/** TLS failures of Node that mean: this CA did not sign that certificate, or the name is not in it. */
const TLS_ERRORS = /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/** The error for an answer that is not success. The answer's body is left out: it may echo what was sent. */
export function errorOfAnswer(call: ApiCall, server: string, status: number): EggtoothError {
  const [code, reason, cure] = BY_STATUS[status] ?? [
    'ERR_EGGTOOTH_API',
    status >= 500 ? 'failed' : 'refuses the object',
    status >= 500
      ? 'look at its log, then run again: a second run goes on safely'
      : 'compare the object with --dry-run',
  ];
  const right = status === 403 ? `: ${verb(call)} on ${call.path}` : '';
  return new EggtoothError(code, `cannot ${call.purpose}: the API server ${server} ${reason} (${status})`, {
    cure: `${cure}${right}`,
    object: call.object,
    cause: { status },
  });
}

/** The error for a call that got no answer. */
export function errorOfConnection(call: ApiCall, server: string, error: unknown): EggtoothError {
  const { name = '', code = '', message = '' } = error as Partial<NodeJS.ErrnoException>;
  if (TLS_ERRORS.test(code)) {
    return new EggtoothError(
      'ERR_EGGTOOTH_CA',
      `cannot ${call.purpose}: the certificate of ${server} is not trusted (${code})`,
      {
        cure: 'give the CA that signed the certificate of this very address, and an address that stands in it',
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
    cure: 'check its address and the network between, then run again: a second run goes on safely',
    object: call.object,
    cause: error,
  });
}

function verb({ method, path, contentType }: ApiCall): string {
  if (method === 'GET') return 'get';
  if (method === 'POST') return 'create';
  if (path.endsWith('/approval')) return 'patch (and approve on the signer)';
  return contentType === 'application/apply-patch+yaml' ? 'patch (and create, while it does not exist)' : 'patch';
}
