import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../../src/kubernetes/kube-object';

/** A field that differs between two bundles; `undefined` if one of them does not have it. */
export interface Difference {
  /** `KIND NAME` and the path of the field, with the names or keys of list entries, and the names of flags. */
  readonly at: string;
  readonly theirs: unknown;
  readonly ours: unknown;
}

/** Every field that differs between two lists of objects, regardless of the order of objects, entries and flags. */
export function differencesOf(theirs: readonly KubeObject[], ours: readonly KubeObject[]): readonly Difference[] {
  return compare(byName(theirs), byName(ours), []);
}

function byName(objects: readonly KubeObject[]): Readonly<Record<string, KubeObject>> {
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

function compare(theirs: unknown, ours: unknown, path: readonly string[]): Difference[] {
  const [left, right] = [keyed(theirs), keyed(ours)];
  if (left === undefined || right === undefined) {
    return isDeepStrictEqual(theirs, ours) ? [] : [{ at: path.join(' '), theirs, ours }];
  }
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap((key) => compare(left[key], right[key], [...path, key]));
}

/** A value as fields; `undefined` if it is compared as a whole. */
function keyed(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  const keys = value.map(keyOf);
  const unique = new Set(keys).size === keys.length && !keys.includes(undefined);
  return unique ? Object.fromEntries(value.map((entry, index) => [keys[index], withoutFlag(entry)])) : undefined;
}

function keyOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry.startsWith('--') ? entry.split('=', 1)[0] : undefined;
  const { name, key } = Object(entry);
  return name ?? key;
}

/** The value of a flag; any other entry as it is. */
function withoutFlag(entry: unknown): unknown {
  return typeof entry === 'string' ? entry.replace(/^[^=]*/, '') : entry;
}
