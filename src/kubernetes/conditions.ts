import { fieldAt, listAt, stringAt } from './fields';

/** One entry of status.conditions. */
export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** metadata.generation that it speaks of, where it says so. */
  readonly generation?: unknown;
}

/** The condition of a type; `undefined` if the object has none. */
export function conditionOf(object: unknown, type: string): Condition | undefined {
  const found = listAt(object, 'status', 'conditions').find((one) => stringAt(one, 'type') === type);
  if (found === undefined) return undefined;
  const text = (field: string) => stringAt(found, field) ?? '';
  return {
    status: text('status'),
    reason: text('reason'),
    message: text('message').replace(/\s+/g, ' '),
    generation: fieldAt(found, 'observedGeneration'),
  };
}
