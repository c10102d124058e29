import { type KubeObject, printReference, referenceTo } from '../kubernetes/kube-object';
import type { ChainLinks } from './chain-links';

/**
 * `error`: Flux could not read a chart, or could read more than it needs. `warning`: the bundle works, but should be
 * changed.
 */
export type Severity = 'error' | 'warning';

/** What a rule reports about one object. */
export interface Fault {
  /** The object to change, as it was passed to {@link Chain.fromObjects}. */
  readonly object: KubeObject;
  /** Path of the field to change, for example `spec.url`. */
  readonly field: string;
  /** What is wrong and why it matters. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /**
   * Severity of this fault.
   * @default - that of the rule
   */
  readonly severity?: Severity;
}

/** A fault and the rule that reported it. */
export interface Finding extends Fault {
  /** The rule's id. */
  readonly rule: string;
  /** Severity of the fault, or else of the rule. */
  readonly severity: Severity;
}

/**
 * One thing that must hold in a bundle. {@link allRules} are the rules of eggtooth; a platform can add rules of its own.
 *
 * @example
 * ```ts
 * const ownRegistry: Rule = {
 *   id: 'own-registry',
 *   severity: 'error',
 *   *check({ objects }) {
 *     for (const object of objects) {
 *       if (object.kind !== 'OCIRepository' || JSON.stringify(object.spec).includes('oci://registry.example/')) continue;
 *       const fix = 'copy the artifact to registry.example';
 *       yield { object, field: 'spec.url', message: 'the artifact is in another registry', fix };
 *     }
 *   },
 * };
 * ```
 */
export interface Rule {
  /** Identifies the rule in its findings: kebab-case, and stable across releases. */
  readonly id: string;
  /** Severity of its faults, unless one states another: what is not part of the chain is a warning at most. */
  readonly severity: Severity;
  /**
   * What its errors stop. `signing`: everything, because a link of the chain is wrong. `applying`: the synth and `up`, but
   * no command that only works with certificates.
   * @default 'applying'
   */
  readonly stops?: 'signing' | 'applying';
  /** Yields a fault for each object that breaks the rule. Must not throw, whatever the objects contain. */
  check(chain: ChainLinks): Iterable<Fault>;
}

/**
 * Prints a finding on one line, as synth and the commands do: `SEVERITY RULE: OBJECT FIELD: MESSAGE; fix: FIX`.
 *
 * @example
 * ```ts
 * for (const finding of check(chain)) console.error(printFinding(finding));
 * ```
 */
export function printFinding({ rule, severity, object, field, message, fix }: Finding): string {
  return `${severity} ${rule}: ${printReference(referenceTo(object))} ${field}: ${message}; fix: ${fix}`;
}
