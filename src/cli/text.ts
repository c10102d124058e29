import { EggtoothError } from '../errors';
import { type ObjectReference, printReference } from '../kubernetes/kube-object';
import type { IssueResult } from '../signing/issue-result';
import { type Check, printOutcome } from '../signing/verify/check';
import type { Unread } from '../up/removal/inventory';
import type { PruneResult } from '../up/removal/prune';

/** A line of a result: a label in a column of its own, then a value. */
export function line(label: string, value: string, indent = 0): string {
  return `${' '.repeat(indent)}${label.padEnd(13)}${value}`;
}

/** A check, whether it passed or not. */
export function checkLine(check: Check, indent = 2): string {
  return line(check.skipped ? 'not checked' : check.ok ? 'ok' : 'FAILED', printOutcome(check), indent);
}

/** Where a certificate is, and what was verified of it. */
export function certificateLines({
  fingerprint,
  secrets,
  checks,
}: Pick<IssueResult, 'fingerprint' | 'secrets' | 'checks'>): readonly string[] {
  return [
    line('fingerprint', fingerprint, 2),
    ...secrets.map(({ namespace, name }) => line('secret', `${namespace}/${name}`, 2)),
    ...checks.map((check) => checkLine(check)),
  ];
}

/** What happened to an object, or would happen, and why. */
export function objectLine({
  result,
  reason,
  ...object
}: ObjectReference & { readonly result: string; readonly reason?: string }): string {
  return line(result, `${printReference(object)}${reason === undefined ? '' : `: ${reason}`}`);
}

/** What an earlier version of a bundle has left, and what could not be looked at. */
export function leftoverLines({ leftovers, unread }: PruneResult): readonly string[] {
  return [...leftovers.map(objectLine), ...unreadLines(unread)];
}

/** What could not be looked at, kinds with the same status at once. */
export function unreadLines(unread: readonly Unread[]): readonly string[] {
  const byStatus = new Map<number | undefined, Unread[]>();
  for (const one of unread) byStatus.set(one.status, [...(byStatus.get(one.status) ?? []), one]);
  return Array.from(byStatus.values(), (list) =>
    line('not checked', `other objects of ${list.map(({ what }) => what).join(', ')}: ${list[0]?.reason}`),
  );
}

/**
 * Rejects a result that is not complete, because other objects of the bundle may exist.
 * @throws EggtoothError `ERR_EGGTOOTH_FORBIDDEN`
 */
export function assertSearched({ unread }: { readonly unread: readonly Unread[] }): void {
  const forbidden = unread.filter(({ status }) => status === 403).map(({ what }) => what);
  if (forbidden.length === 0) return;
  const problem = `objects of some kinds cannot be listed, and may be left: ${forbidden.join(', ')}`;
  throw new EggtoothError('ERR_EGGTOOTH_FORBIDDEN', problem, {
    fix: 'grant the permission to list them in all namespaces, then run the command again',
  });
}

/** An example of a command: what it is for, and the command itself. */
type Example = readonly [purpose: string, command: string];

/** The examples at the end of a command's help. */
export function examples(...list: readonly Example[]): string {
  return ['', 'Examples:', ...list.map(([purpose, command]) => `  # ${purpose}\n  ${command}\n`)].join('\n').trimEnd();
}
