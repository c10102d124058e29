import type { OutgoingHttpHeaders } from 'node:http';
import { fieldAt } from '../kubernetes/fields';
import { refused, textAt, textsAt } from './kubeconfig-file';

/**
 * Whom to impersonate, as with kubectl's `--as`.
 *
 * @example
 * ```ts
 * const cluster = await clusterFromKubeconfig({ impersonate: { user: 'jane', groups: ['platform'] } });
 * ```
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export interface Impersonation {
  /**
   * Name of the user, or of a service account: `system:serviceaccount:NAMESPACE:NAME`.
   * @default - the `as` of the kubeconfig
   */
  readonly user?: string;
  /**
   * UID of the user.
   * @default - the `as-uid` of the kubeconfig
   */
  readonly uid?: string;
  /**
   * Groups of the user.
   * @default - the `as-groups` of the kubeconfig
   */
  readonly groups?: readonly string[];
  /**
   * Extra fields of the user. A key replaces that of the kubeconfig.
   * @default - the `as-user-extra` of the kubeconfig
   */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The headers that impersonate: those of the user of a kubeconfig, changed by the options.
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` for groups, a UID or extra fields without a user
 */
export function impersonationHeaders(user: unknown, options: Impersonation = {}): OutgoingHttpHeaders {
  const name = options.user || textAt(user, 'as');
  const uid = options.uid || textAt(user, 'as-uid');
  const groups = options.groups?.length ? options.groups : textsAt(user, 'as-groups');
  const ofUser = Object.keys((fieldAt(user, 'as-user-extra') as object | null | undefined) ?? {});
  const extra = new Map(ofUser.map((key) => [key, textsAt(user, 'as-user-extra', key)]));
  for (const [key, values] of Object.entries(options.extra ?? {})) extra.set(key, values);
  if (name === undefined) {
    if (uid === undefined && groups.length === 0 && extra.size === 0) return {};
    throw refused('a UID, groups or extra fields are to be impersonated, but no user', 'set the user too: --as NAME');
  }
  const headers: OutgoingHttpHeaders = { 'Impersonate-User': headerValue(name) };
  if (uid !== undefined) headers['Impersonate-Uid'] = headerValue(uid);
  if (groups.length > 0) headers['Impersonate-Group'] = groups.map(headerValue);
  for (const [key, values] of extra) {
    const field = `impersonate-extra-${headerKey(key).toLowerCase()}`;
    headers[field] = [...[headers[field] ?? []].flat().map(String), ...values.map(headerValue)];
  }
  return headers;
}

/** The bytes of a text in UTF-8, as Go sends a header: Node.js sends one byte for each character. */
export function headerValue(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A key with every byte escaped that the name of a header must not have, and `%`. */
function headerKey(key: string): string {
  return Array.from(Buffer.from(key, 'utf8'), (byte) => {
    const char = String.fromCharCode(byte);
    return /[!#$&'*+.^_`|~0-9A-Za-z-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
