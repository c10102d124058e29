import { describe, expect, test } from 'vitest';
import { reviewAccess, reviewRights } from '../../src/cluster/access-review';
import type { Cluster } from '../../src/cluster/cluster';

/** A cluster that gives one answer to everything. */
const answering = (answer: unknown): Cluster => ({
  server: 'https://example.org:6443',
  call: async () => answer,
  close: () => {},
});

const RIGHT = { verb: 'get', group: '', resource: 'pods/proxy', name: 'a' };

describe('An access review', () => {
  test.each([
    {},
    { status: {} },
    { status: null },
    { status: { allowed: null } },
    { status: { allowed: 'false' } },
    { status: { denied: true } },
    { kind: 'Status', status: 'Success' },
    [],
  ])('without a verdict counts as allowed: %j', async (answer) => {
    expect((await reviewAccess(answering(answer), 'reader', RIGHT, 'platform')).allowed).toBe(true);
  });

  test('is denied by an explicit verdict only', async () => {
    const verdict = await reviewAccess(
      answering({ status: { allowed: false, reason: 'no' } }),
      'reader',
      RIGHT,
      'platform',
    );

    expect(verdict).toEqual({ allowed: false, reason: 'no' });
  });
});

describe('A list of rights', () => {
  test.each([
    {},
    { status: {} },
    { status: null },
    { kind: 'Status', status: 'Success' },
    { status: { incomplete: 0 } },
  ])('that is none is an error, and not a list without rights: %j', async (answer) => {
    await expect(reviewRights(answering(answer), 'platform')).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_API',
      message: expect.stringContaining('answered a review of rights without a result'),
    });
  });

  test('may be empty', async () => {
    const status = { resourceRules: [], nonResourceRules: null, incomplete: false };

    expect(await reviewRights(answering({ status }), 'platform')).toEqual({ rights: [], incomplete: false });
  });
});
