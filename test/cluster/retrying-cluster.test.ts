import { describe, expect, test } from 'vitest';
import type { ApiCall, Cluster } from '../../src/cluster/cluster';
import { retrying } from '../../src/cluster/retrying-cluster';
import { EggtoothError } from '../../src/errors';

const unreachable = new EggtoothError('ERR_EGGTOOTH_UNREACHABLE', 'is unreachable', { retryable: true });
const status = (code: number) =>
  new EggtoothError('ERR_EGGTOOTH_API', `failed (${code})`, { status: code, retryable: true });

/** A cluster whose first call fails. */
function failingOnce(error: EggtoothError) {
  const calls: ApiCall[] = [];
  const cluster: Cluster = {
    server: 'https://example.org:6443',
    call: async (call) => {
      if (calls.push(call) === 1) throw error;
      return {};
    },
    close: () => {},
  };
  return { calls, cluster };
}

const read: ApiCall = { purpose: 'read', method: 'GET', path: '/version' };
const apply: ApiCall = { purpose: 'apply', method: 'PATCH', path: '/api/v1/namespaces/x', body: {} };
const remove: ApiCall = { purpose: 'delete', method: 'DELETE', path: '/api/v1/namespaces/x' };
const create: ApiCall = {
  purpose: 'create',
  method: 'POST',
  path: '/api/v1/namespaces',
  body: { metadata: { name: 'x' } },
};
const createAny: ApiCall = { ...create, body: { metadata: { generateName: 'x-' } } };
const review: ApiCall = { ...create, path: '/apis/authorization.k8s.io/v1/subjectaccessreviews' };

describe('a retrying cluster', () => {
  test.each<readonly [string, ApiCall, EggtoothError]>([
    ['a read that got no answer', read, unreachable],
    ['an apply that got no answer', apply, unreachable],
    ['a deletion that got no answer', remove, unreachable],
    ['a creation that was rejected with 429', create, status(429)],
    ['a creation that was rejected with 409 because the generated name exists', createAny, status(409)],
    ['an apply that was rejected with 409', apply, status(409)],
  ])('repeats %s', async (_, call, error) => {
    const { calls, cluster } = failingOnce(error);
    const steps: string[] = [];

    await expect(retrying(cluster, 10_000, (step) => steps.push(step)).call(call)).resolves.toEqual({});

    expect(calls).toHaveLength(2);
    expect(steps).toEqual([`retrying: ${error.problem}`]);
  });

  test.each<readonly [string, ApiCall, EggtoothError]>([
    ['a creation that got no answer', createAny, unreachable],
    ['a creation that failed with 500', create, status(500)],
    ['a review that got no answer, which its check repeats', review, unreachable],
    ['a creation that was rejected with 409 because the name exists', create, status(409)],
    ['a deletion that was rejected with 409 because the object was replaced', remove, status(409)],
    ['a call whose error is final', apply, new EggtoothError('ERR_EGGTOOTH_FORBIDDEN', 'forbidden', { status: 403 })],
  ])('does not repeat %s', async (_, call, error) => {
    const { calls, cluster } = failingOnce(error);

    await expect(retrying(cluster, 10_000, () => {}).call(call)).rejects.toBe(error);

    expect(calls).toHaveLength(1);
  });

  test('throws the last error at the deadline', async () => {
    const cluster: Cluster = { ...failingOnce(unreachable).cluster, call: () => Promise.reject(unreachable) };

    await expect(retrying(cluster, 50, () => {}).call(read)).rejects.toBe(unreachable);
  });
});
