import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printReference, referenceTo } from '../../src/kubernetes/kube-object';
import { compare } from '../../src/migration/compare';
import { exampleObjects } from '../e2e/support/example';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'eggtooth-examples-test-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const cluster = () => ({ dir, url: 'https://example.org:6443' });

test('from examples/minimal to examples/oci the whole chain leftovers behind, and Flux does not', () => {
  const { users, rights, secrets, repositories, servers, others } = compare(
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
