import { withoutUserinfo } from '../../chain/api-server';
import { EggtoothError, type Problem } from '../../errors';
import { durationProblem } from '../../kubernetes/flux';
import type { ObjectReference } from '../../kubernetes/kube-object';
import { assertName } from '../assert-name';

/** A Secret or a ServiceAccount that a source names by a field, in its own namespace. */
export interface NamedReference {
  /** Path of the field, such as `verify.secretRef`. */
  readonly field: string;
  readonly kind: 'Secret' | 'ServiceAccount';
  /** Name in the field; `undefined` if the field has another form than its type. */
  readonly name: unknown;
}

/** The Secrets that the fields of an object name, as `secretRef: { name }` does; fields that are not set are left out. */
export function secretsIn<Field extends string>(
  fields: { readonly [F in Field]?: { readonly name: string } },
  names: readonly Field[],
  path = '',
): readonly NamedReference[] {
  return names.flatMap((field) => {
    const reference = fields[field];
    return reference === undefined
      ? []
      : [{ field: `${path}${field}`, kind: 'Secret' as const, name: reference?.name }];
  });
}

/**
 * Rejects references without a name, or with one that the API server would refuse.
 * @param source - the object that names them
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertReferences(source: ObjectReference, references: readonly NamedReference[]): void {
  for (const { field, kind, name } of references) {
    if (typeof name !== 'string') {
      throw new EggtoothError('ERR_EGGTOOTH_OPTION', `${field} names no ${kind}`, {
        fix: `write ${field.split('.').at(-1)}: { name: '...' }`,
        object: source,
      });
    }
    assertName({ apiVersion: 'v1', kind, namespace: source.namespace, name });
  }
}

/** Why the API server would refuse the durations of a source. */
export function* durationProblems(
  source: { readonly interval?: string; readonly timeout?: string },
  patterns: { readonly interval: string; readonly timeout: string },
): Iterable<Problem> {
  for (const field of ['interval', 'timeout'] as const) {
    const value = source[field];
    const problem = value === undefined ? undefined : durationProblem(value, patterns[field]);
    if (problem !== undefined) yield { ...problem, problem: `the ${field} ${problem.problem}` };
  }
}

/** A URL for a message: without the credentials that it may contain, as userinfo or in its query. */
export function printedUrl(url: unknown): string {
  return typeof url === 'string' ? JSON.stringify(withoutUserinfo(url).replace(/[?#].*$/s, '?***')) : String(url);
}
