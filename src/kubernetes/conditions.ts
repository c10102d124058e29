import { fieldAt, lineAt, listAt, stringAt } from './fields';

/** One entry of `status.conditions`. */
export interface Condition {
  readonly status: string;
  /** On one line, without control characters. */
  readonly reason: string;
  /** On one line, without control characters. */
  readonly message: string;
  /** The `metadata.generation` that the condition is about, where it states one. */
  readonly observedGeneration?: unknown;
}

/** The condition `Ready` of an object that a controller of Flux reconciles. */
export interface Readiness extends Condition {
  /** Whether the condition is about the current `metadata.generation` of the object. */
  readonly isCurrent: boolean;
}

/** Returns the condition of a type; `undefined` if the object has none. */
export function conditionOf(object: unknown, type: string): Condition | undefined {
  const found = listAt(object, 'status', 'conditions').find((one) => stringAt(one, 'type') === type);
  if (found === undefined) return undefined;
  const text = (field: string) => lineAt(found, field) ?? '';
  return {
    status: text('status'),
    reason: text('reason'),
    message: text('message'),
    observedGeneration: fieldAt(found, 'observedGeneration'),
  };
}

/** Returns the condition `Ready` of an object of Flux; `undefined` if no controller has reconciled it yet. */
export function readinessOf(object: unknown): Readiness | undefined {
  const ready = conditionOf(object, 'Ready');
  if (ready === undefined) return undefined;
  // After a failure, status.observedGeneration keeps its old value.
  const observed = ready.status === 'True' ? fieldAt(object, 'status', 'observedGeneration') : ready.observedGeneration;
  return { ...ready, isCurrent: observed === fieldAt(object, 'metadata', 'generation') };
}
