import { describe, expect, test } from 'vitest';
import { conditionOf, readinessOf } from '../../src/kubernetes/conditions';

const object = (ready: object | undefined, observedGeneration?: number) => ({
  metadata: { generation: 2 },
  status: {
    observedGeneration,
    conditions: [{ type: 'Other', status: 'True' }, ...(ready === undefined ? [] : [{ type: 'Ready', ...ready }])],
  },
});

describe('conditionOf', () => {
  test('returns the condition of a type with its message on one line', () => {
    expect(conditionOf(object({ status: 'False', reason: 'Failed', message: 'one\n  two' }), 'Ready')).toEqual({
      status: 'False',
      reason: 'Failed',
      message: 'one two',
      observedGeneration: undefined,
    });
  });

  test.each([undefined, null, {}, { status: { conditions: 'x' } }, object(undefined)])(
    'returns undefined for %j',
    (value) => {
      expect(conditionOf(value, 'Ready')).toBeUndefined();
    },
  );
});

describe('readinessOf', () => {
  test.each([
    ['True and observed', object({ status: 'True', observedGeneration: 1 }, 2), true],
    ['True for an older generation', object({ status: 'True', observedGeneration: 2 }, 1), false],
    ['False and observed', object({ status: 'False', observedGeneration: 2 }, 1), true],
    ['False for an older generation', object({ status: 'False', observedGeneration: 1 }, 1), false],
  ])('tells whether a condition is about the current generation: %s', (_, value, isCurrent) => {
    expect(readinessOf(value)?.isCurrent).toBe(isCurrent);
  });

  test('returns undefined if no controller has reconciled the object', () => {
    expect(readinessOf(object(undefined))).toBeUndefined();
  });
});
