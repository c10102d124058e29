import { type KubeObject, printReference, referenceTo } from '../kubernetes/kube-object';
import type { Chain } from './chain';

/** `error`: Flux would not read, or read with more rights than it needs. `warning`: it works, and should be mended. */
export type Severity = 'error' | 'warning';

/** What a rule says of one object. */
export interface Fault {
  readonly object: KubeObject;
  /** Path of the field concerned, for example `spec.url`. */
  readonly field: string;
  /** What is wrong and why it matters. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A fault with the rule that found it. */
export interface Finding extends Fault {
  /** Stable id of the rule. */
  readonly rule: string;
  readonly severity: Severity;
}

/** A rule of the chain: one thing that must hold for Flux to read a chart with the least rights. */
export interface Rule {
  /** Stable: findings are told apart by it. */
  readonly id: string;
  readonly severity: Severity;
  check(chain: Chain): Iterable<Fault>;
}

/** `error role-covers-route: Role cozy-system/x rules[0].resourceNames: MESSAGE; fix: FIX`, on one line. */
export function printFinding({ rule, severity, object, field, message, fix }: Finding): string {
  return `${severity} ${rule}: ${printReference(referenceTo(object))} ${field}: ${message}; fix: ${fix}`;
}
