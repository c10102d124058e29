import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { release } from '../chain/broken/release';
import { writeBundle } from '../e2e/support/bundle';
import { expectError, ociRepository, readers, workspace } from './support/workspace';

/** A kubeconfig of a cluster that does not answer. */
const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'none',
  clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'none', user: { token: 'none' } }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
});

function place() {
  const made = workspace();
  writeBundle(made.path('next.yaml'), [ociRepository]);
  writeFileSync(made.path('kubeconfig'), KUBECONFIG, { mode: 0o600 });
  return { ...made, migrate: (...args: string[]) => made.eggtooth(['migrate', ...args, '--kubeconfig', 'kubeconfig']) };
}

describe.each([[[]], [['--clean-up']], [['--dry-run']], [['--clean-up', '--dry-run']]])('migrate %j', (flags) => {
  test('rejects an old bundle without a chain before it connects to the cluster', async () => {
    const run = await place().migrate('next.yaml', 'bundle.yaml', ...flags);

    expectError(run, 'ERR_EGGTOOTH_CHAIN', 'no HelmRepository of the old bundle reads through the API server');
  });

  test('rejects an old bundle that does not name a reader', async () => {
    const made = place();
    writeBundle(
      made.path('part.yaml'),
      readers().filter(({ kind }) => kind !== 'RoleBinding'),
    );

    expectError(
      await made.migrate('part.yaml', 'next.yaml', ...flags),
      'ERR_EGGTOOTH_CHAIN',
      'does not bind a user that may read',
    );
  });

  test('rejects a new bundle without an OCIRepository', async () => {
    const run = await place().migrate('bundle.yaml', 'bundle.yaml', ...flags);

    expectError(run, 'ERR_EGGTOOTH_BUNDLE', 'the new bundle has no OCIRepository');
  });

  test('rejects a new bundle that does not exist', async () => {
    expectError(
      await place().migrate('bundle.yaml', 'missing', ...flags),
      'ERR_EGGTOOTH_BUNDLE',
      'no such bundle: missing',
    );
  });

  test('gives up after --timeout if the API server cannot be reached', async () => {
    const start = Date.now();
    const run = await place().migrate('bundle.yaml', 'next.yaml', '--timeout', '1s', ...flags);

    expectError(run, 'ERR_EGGTOOTH_UNREACHABLE', 'is unreachable (ECONNREFUSED)');
    expect(Date.now() - start).toBeLessThan(10_000);
  });
});

test('migrate rejects a new bundle that breaks a rule of the chain', async () => {
  const made = place();
  writeBundle(made.path('broken.yaml'), [ociRepository, release('any', { chartRef: {} })]);

  expectError(
    await made.migrate('bundle.yaml', 'broken.yaml'),
    'ERR_EGGTOOTH_CHAIN',
    'both chart and chartRef are set',
  );
});
