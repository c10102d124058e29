import { EggtoothError, type ErrorCode, quote } from '../errors';
import { lineAt, listAt, stringAt } from '../kubernetes/fields';
import type { ApiCall } from './cluster';
import { refusalOf } from './refusals';

const BY_STATUS: Readonly<Record<number, readonly [code: ErrorCode, reason: string, fix: string]>> = {
  401: ['ERR_EGGTOOTH_UNAUTHORIZED', 'rejects the credentials', 'renew the credentials of the kubeconfig'],
  403: ['ERR_EGGTOOTH_FORBIDDEN', 'forbids it', 'fix what the message names'],
  404: ['ERR_EGGTOOTH_NOT_FOUND', 'has no such object', 'apply the object or its namespace first'],
};

/**
 * Error codes of Node.js for a server that does not answer: those of the operating system and of the resolver. EPROTO is
 * an answer that is not TLS. An error without a code comes from the proxy of a kubeconfig.
 */
const UNREACHABLE = /^((?!EPROTO$)E[A-Z0-9]+|EAI_[A-Z]+)?$/;

/** Error codes of Node.js for an answer that is not TLS or not HTTP, or a TLS alert. */
const NOT_HTTPS = /^(EPROTO$|ERR_(?!TLS_CERT_)|HPE_)/;

/** The reason of a conflict with another field manager in the causes of a `Status`. */
const FIELD_CONFLICT = 'FieldManagerConflict';

/**
 * The error for a status other than 2xx. The body may repeat what was sent, so only a quotable call quotes from it: the
 * reason of a rejection, which a repetition would not change.
 */
export function errorOfAnswer(call: ApiCall, server: string, status: number, body: string): EggtoothError {
  const answer = parseJson(body);
  const conflicts = conflictsOf(answer);
  if (status === 409 && conflicts.size > 0) return errorOfConflict(call, conflicts);
  const refused = refusalOf(call, status, answer);
  const message = messageOf(answer);
  // Server-side apply answers 500 for an object that does not match the schema.
  const isRejected = status < 500 || message.startsWith('failed to create typed patch object');
  // A dry run is to tell what would happen now.
  const isFinal = isRejected || (refused?.refusal === 'webhook-failed' && call.query?.dryRun !== undefined);
  const isTransient = !isFinal || status === 409 || status === 429;
  const quoted = call.quotable && !isTransient && message !== '' ? message : '';
  const fixOfRejected = quoted === '' ? 'check the object with --dry-run' : 'fix what the message names';
  const [code, reason, fix] = BY_STATUS[status] ?? [
    'ERR_EGGTOOTH_API',
    isRejected ? 'rejects it' : 'failed',
    isRejected ? fixOfRejected : 'read its log, then run again: it is safe to repeat',
  ];
  const why = refused?.refusal === 'permission' || quoted === '' ? (refused?.problem ?? '') : quoted;
  const problem = `cannot ${call.purpose}: the API server ${server} ${reason} (${status})${why && `: ${why}`}`;
  return new EggtoothError(code, problem, {
    fix: refused?.fix ?? fix,
    object: call.object,
    status,
    retryable: code === 'ERR_EGGTOOTH_API' && isTransient,
    deniedBy: refused?.deniedBy,
    refusal: refused?.refusal,
  });
}

/** The error for an answer that no API server gives: an HTML page, an empty, incomplete or endless body. */
export function errorOfUnreadable(call: ApiCall, server: string, status: number, what: string): EggtoothError {
  return new EggtoothError(
    'ERR_EGGTOOTH_API',
    `cannot ${call.purpose}: the API server ${server} answered ${what} (${status})`,
    {
      fix: 'check that this is the address of the API server, with no proxy or login page in between',
      object: call.object,
      status,
      retryable: true,
    },
  );
}

/** The error for a call without an answer. */
export function errorOfConnection(call: ApiCall, server: string, error: unknown): EggtoothError {
  const { name = '', code = '', message = '' } = error as Partial<NodeJS.ErrnoException>;
  const isLate = name === 'AbortError' || name === 'TimeoutError';
  if (!isLate && NOT_HTTPS.test(code)) {
    return new EggtoothError('ERR_EGGTOOTH_API', `cannot ${call.purpose}: ${server} does not speak HTTPS (${code})`, {
      fix: 'check that this is the address of the API server, with no proxy in between',
      object: call.object,
      retryable: true,
      cause: withoutDetails(error),
    });
  }
  if (!isLate && !UNREACHABLE.test(code)) {
    return new EggtoothError(
      'ERR_EGGTOOTH_CA',
      `cannot ${call.purpose}: the certificate of ${server} is not trusted (${code})`,
      {
        fix: 'use the CA that signed the certificate of this address, and an address that the certificate contains',
        object: call.object,
        cause: withoutDetails(error),
      },
    );
  }
  const reason = isLate ? 'did not answer in time' : `is unreachable (${code || message})`;
  return new EggtoothError('ERR_EGGTOOTH_UNREACHABLE', `cannot ${call.purpose}: the API server ${server} ${reason}`, {
    fix: 'check its address and the network in between, then run again: it is safe to repeat',
    object: call.object,
    retryable: true,
    cause: withoutDetails(error),
  });
}

/** The error for an apply that would overwrite what other field managers wrote. A field's path shows no value of it. */
function errorOfConflict(call: ApiCall, conflicts: ReadonlyMap<string, ReadonlySet<string>>): EggtoothError {
  const managersOf = new Map<string, string[]>();
  for (const [manager, fields] of conflicts) {
    const where = call.quotable && fields.size > 0 ? ` in ${quote([...fields].join(', '))}` : '';
    managersOf.set(where, [...(managersOf.get(where) ?? []), manager]);
  }
  const written = Array.from(managersOf, ([where, managers]) => `${quote(managers.join(', '))} wrote${where}`);
  return new EggtoothError(
    'ERR_EGGTOOTH_FOREIGN',
    `cannot ${call.purpose}: it is not eggtooth's, and would overwrite what ${written.join(' and ')}`,
    { fix: TAKE_OVER, object: call.object, status: 409, fieldManagers: [...conflicts.keys()] },
  );
}

/** What to do about an object of somebody else. */
const TAKE_OVER = 'rename it in the bundle, or run again with --force-conflicts to overwrite it';

/** The field managers that an apply conflicts with, each with the fields that it wrote. */
function conflictsOf(answer: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const conflicts = new Map<string, Set<string>>();
  for (const cause of listAt(answer, 'details', 'causes')) {
    if (stringAt(cause, 'reason') !== FIELD_CONFLICT) continue;
    const manager = /^conflict with "(.*?)"/.exec(stringAt(cause, 'message') ?? '')?.[1];
    if (manager === undefined) continue;
    const fields = conflicts.get(manager) ?? new Set();
    conflicts.set(manager, fields);
    const field = stringAt(cause, 'field');
    if (field !== undefined) fields.add(field);
  }
  return conflicts;
}

/** A text as JSON; `undefined` if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An error without the fields that libraries add: those of a SOCKS proxy have its password. */
function withoutDetails(error: unknown): Error {
  const { name, message, code, stack } = error as NodeJS.ErrnoException;
  return Object.assign(new Error(message), { name, stack, ...(code !== undefined && { code }) });
}

/** The message of a `Status`, on one line and shortened. */
function messageOf(answer: unknown): string {
  const message = lineAt(answer, 'message') ?? '';
  return message.length > 400 ? `${message.slice(0, 400)}…` : message;
}
