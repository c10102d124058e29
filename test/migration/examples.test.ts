import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printReference, referenceTo } from '../../src/kubernetes/kube-object';
import { compareBundles } from '../../src/migration/leftovers';
import { exampleObjects } from '../e2e/support/example';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'eggtooth-examples-test-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const cluster = () => ({ dir, url: 'https://example.org:6443' });

test('compareBundles finds the whole chain of examples/minimal, and nothing of Flux, when examples/oci replaces it', () => {
  const { users, rights, secrets, repositories, servers, others } = compareBundles(
    exampleObjects('minimal', cluster()),
    exampleObjects('oci', cluster()),
  );

  expect(users).toEqual(['flux-assets-reader']);
  expect(secrets).toEqual([{ namespace: 'platform', name: 'flux-assets-tls' }]);
  const removed = [...rights, ...repositories.map(({ object }) => object), ...servers];
  expect(removed.map((object) => printReference(referenceTo(object)))).toEqual([
    'RoleBinding platform/flux-assets-reader',
    'Role platform/flux-assets-reader',
    'HelmRepository platform/charts',
    'Service platform/flux-assets',
    'StatefulSet platform/flux-assets',
  ]);
  expect(others).toEqual([]);
});
