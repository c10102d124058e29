import type { IncomingHttpHeaders } from 'node:http';

/** A user of a server with basic authentication. */
export interface User {
  readonly username: string;
  readonly password: string;
}

/** The value of the header Authorization or Proxy-Authorization. */
export function basicAuth({ username, password }: User): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Whether the headers of a request identify the user. Without a user everybody may pass. */
export function isAllowed(
  headers: IncomingHttpHeaders,
  header: 'authorization' | 'proxy-authorization',
  user: User | undefined,
): boolean {
  return user === undefined || headers[header] === basicAuth(user);
}
