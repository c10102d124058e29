/** The user of a certificate: a reader and its generation. */
export interface ReaderUser {
  /** The reader's name, which all generations share. */
  readonly name: string;
  /** Starts at 1, and grows by 1 each time the reader's certificates are revoked. */
  readonly generation: number;
}

/** `:gN` with N >= 2 and without leading zeros. The first generation has no suffix. */
const SUFFIX = /:g([2-9]|[1-9]\d+)$/;

/**
 * The user of a generation: `NAME`, then `NAME:g2`, `NAME:g3`. Kubernetes cannot revoke a client certificate. Binding the
 * rights to a new user leaves the old certificate without any.
 */
export function printUser({ name, generation }: ReaderUser): string {
  return generation === 1 ? name : `${name}:g${generation}`;
}

/** The inverse of {@link printUser}. Every user has a name and a generation. */
export function parseUser(user: string): ReaderUser {
  const [suffix = '', digits = '1'] = SUFFIX.exec(user) ?? [];
  return { name: user.slice(0, user.length - suffix.length), generation: Number(digits) };
}
