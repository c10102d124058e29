import { Deadline, poll } from '../../cluster/poll';
import { EggtoothError, type ErrorCode } from '../../errors';
import { namespaceOf } from '../../kubernetes/identity';
import type { KubeObject } from '../../kubernetes/kube-object';

/** Namespace and name of an object. */
export interface NamespacedName {
  /** metadata.namespace. */
  readonly namespace: string;
  /** metadata.name. */
  readonly name: string;
}

/** What a check is about, told apart by its field `check`. */
export type CheckSubject =
  /** The API server at an endpoint identifies the certificate's holder as the user. */
  | { readonly check: 'identity'; readonly endpoint: string }
  /** The index of a HelmRepository, and the archives of its charts, can be read through its URL. */
  | { readonly check: 'index'; readonly repository: NamespacedName }
  /** The API server at an endpoint forbids the user what is beyond its routes. */
  | { readonly check: 'refused'; readonly endpoint: string; readonly what: 'secrets' | 'other-pods' }
  /** At an endpoint the user has no right beyond its routes and what every authenticated user may. */
  | { readonly check: 'rights'; readonly endpoint: string }
  /** Flux has read a HelmRepository since it was last asked to reconcile. */
  | { readonly check: 'flux'; readonly repository: NamespacedName }
  /** RBAC does not let a user read through a route any longer. */
  | { readonly check: 'revoked-user'; readonly user: string; readonly route: string }
  /** The old certificate cannot read the index of a HelmRepository any longer. */
  | { readonly check: 'revoked-certificate'; readonly repository: NamespacedName }
  /** The old certificate has no other rights at an endpoint than every authenticated user. */
  | { readonly check: 'revoked-rights'; readonly endpoint: string }
  /** No object of the old bundle is left. */
  | { readonly check: 'gone' };

/** What a check saw. */
export interface CheckOutcome {
  /** Whether it saw what it must see. */
  readonly ok: boolean;
  /** What it saw, for people. */
  readonly detail: string;
  /**
   * What to do about it.
   * @default - what the detail says has to be solved
   */
  readonly fix?: string;
  /**
   * Whether it could not be made from here, and was made at the API server of the kubeconfig instead. The status of the
   * HelmRepositories tells whether Flux can read.
   * @default false
   */
  readonly skipped?: boolean;
}

/** Something that was tried against the live API server. */
export type Check = CheckSubject & CheckOutcome;

/**
 * What a check is about, as text: `index platform/system`.
 *
 * @example
 * ```ts
 * for (const check of checks) if (!check.ok) console.error(`${printCheck(check)}: ${check.detail}`);
 * ```
 */
export function printCheck(check: CheckSubject): string {
  switch (check.check) {
    case 'identity':
      return `identity at ${check.endpoint}`;
    case 'rights':
      return `rights at ${check.endpoint}`;
    case 'index':
    case 'flux':
      return `${check.check} ${printName(check.repository)}`;
    case 'refused':
      return `refused: ${check.what === 'secrets' ? 'secrets' : 'other pods'}`;
    case 'revoked-user':
      return `revoked: user ${check.user}`;
    case 'revoked-certificate':
      return `revoked: old certificate at index ${printName(check.repository)}`;
    case 'revoked-rights':
      return `revoked: other rights of the old certificate at ${check.endpoint}`;
    case 'gone':
      return 'gone';
  }
}

/** A check and what it saw, with the fix if it has one of its own. */
export function printOutcome(check: Check): string {
  return `${printCheck(check)}: ${check.detail}${check.fix === undefined ? '' : `; fix: ${check.fix}`}`;
}

/**
 * Refuses checks that are not all ok.
 * @param problem - what is not verified; the failed checks follow
 * @throws EggtoothError `ERR_EGGTOOTH_VERIFICATION`
 */
export function assertVerified(checks: readonly Check[], problem: string, fix: string): void {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length === 0) return;
  const list = failed.map((check) => `\n  ${printOutcome(check)}`).join('');
  throw new EggtoothError('ERR_EGGTOOTH_VERIFICATION', `${problem}:${list}`, { fix });
}

/**
 * Runs a check; what cannot be tried is not ok.
 * @param fatal - codes of errors that are thrown all the same
 */
export async function runCheck(
  subject: CheckSubject,
  look: () => Promise<CheckOutcome>,
  fatal: readonly ErrorCode[] = [],
): Promise<Check> {
  try {
    return { ...subject, ...(await look()) };
  } catch (error) {
    if (!(error instanceof EggtoothError) || fatal.includes(error.code)) throw error;
    return { ...subject, ok: false, detail: error.problem };
  }
}

/** How long the API server, which watches roles and bindings, may take to notice a change, in milliseconds. */
const NOTICE = 10_000;

/** Runs a check on rights that have just changed, until it is ok or the API server must have noticed. */
export function runCheckAfterChange(subject: CheckSubject, look: () => Promise<CheckOutcome>): Promise<Check> {
  return poll(
    new Deadline(NOTICE),
    () => runCheck(subject, look),
    ({ ok }) => ok,
  );
}

/** The repository of a check. */
export function nameOf({ metadata }: KubeObject): NamespacedName {
  return { namespace: namespaceOf(metadata), name: metadata.name ?? '' };
}

function printName({ namespace, name }: NamespacedName): string {
  return `${namespace}/${name}`;
}
