/** Whom a certificate names, taken apart. */
export interface ReaderUser {
  /** The reader's name: the same for all generations. */
  readonly name: string;
  /** 1, and one more for each time its certificates were revoked. */
  readonly generation: number;
}

/** `:gN`, N from 2 on and without leading zeros: the first generation is the bare name. */
const SUFFIX = /:g([2-9]|[1-9]\d+)$/;

/**
 * User of a generation: `NAME`, then `NAME:g2`, `NAME:g3`. Kubernetes cannot revoke a client certificate; rights that
 * name a new user leave the old certificate without any.
 */
export function printUser({ name, generation }: ReaderUser): string {
  return generation === 1 ? name : `${name}:g${generation}`;
}

/** The inverse of {@link printUser}: every user has a name and a generation. */
export function parseUser(user: string): ReaderUser {
  const [suffix = '', digits = '1'] = SUFFIX.exec(user) ?? [];
  return { name: user.slice(0, user.length - suffix.length), generation: Number(digits) };
}
