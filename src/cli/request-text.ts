import { quote } from '../errors';
import type { RequestSummary } from '../signing/request/request-summary';

/** A request for people: what the two of them compare. */
export function printRequest(request: RequestSummary): string {
  const { name, uid, user, algorithm, sha256, requestedBy, createdAt, expirationSeconds, state } = request;
  const lines = [
    ['name', name],
    ['uid', uid],
    ['user', user],
    ['sha-256', sha256],
    ['key', algorithm],
    ['duration', expirationSeconds === undefined ? "the cluster's own" : `${expirationSeconds} s`],
    ['requested by', `${requestedBy}, ${createdAt}`],
    ['state', state],
  ];
  return lines.map(([field = '', value = '']) => `${field.padEnd(14)}${quote(value)}\n`).join('');
}

/** The same as data: without the request itself, whose hash stands there. */
export function requestData({ request: _, ...summary }: RequestSummary): Omit<RequestSummary, 'request'> {
  return summary;
}
