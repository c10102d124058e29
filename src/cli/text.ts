import type { IssueResult } from '../signing/issue-result';
import { type Check, printCheck } from '../signing/verify/check';

/** A line of a result: a label in a column of its own, then a value. */
export function line(label: string, value: string, indent = 0): string {
  return `${' '.repeat(indent)}${label.padEnd(13)}${value}`;
}

/** A check, whether it passed or not. */
export function checkLine(check: Check, indent = 2): string {
  return line(
    check.skipped ? 'not checked' : check.ok ? 'ok' : 'FAILED',
    `${printCheck(check)}: ${check.detail}`,
    indent,
  );
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

/** An example of a command: what it is for, and the command itself. */
type Example = readonly [purpose: string, command: string];

/** The examples at the end of a command's help. */
export function examples(...list: readonly Example[]): string {
  return ['', 'Examples:', ...list.map(([purpose, command]) => `  # ${purpose}\n  ${command}\n`)].join('\n').trimEnd();
}
