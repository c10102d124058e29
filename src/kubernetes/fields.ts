import { oneLine } from './printable';

/** A field of a manifest of any shape; `undefined` if the path does not exist. */
export function fieldAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return current;
}

/** The field, if it is a string. */
export function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = fieldAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The field on one line, if it is a string; for texts that people read. */
export function lineAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = stringAt(value, ...path);
  return found === undefined ? undefined : oneLine(found);
}

/** The entries of the field; none if it is not a list. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = fieldAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The strings among the entries of the field. */
export function stringsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((entry) => typeof entry === 'string');
}
