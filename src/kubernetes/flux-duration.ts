import type { Problem } from '../errors';

/** How often Flux compares source and cluster, unless a prop says otherwise (spec.interval). */
export const DEFAULT_INTERVAL = '5m0s';

/**
 * Why the API server would refuse a duration of a Flux object.
 * @param pattern - the field's pattern in the CRD
 */
export function durationProblem(value: unknown, pattern: string): Problem | undefined {
  const form = new RegExp(pattern);
  if (typeof value === 'string' && form.test(value)) return undefined;
  return {
    problem:
      value === undefined ? 'is missing' : `${JSON.stringify(value)} does not match ${pattern}, as its CRD requires`,
    fix: `write a duration such as ${form.test('1h') ? '5m0s (units: ms, s, m, h)' : '1m30s (units: ms, s, m)'}`,
  };
}
