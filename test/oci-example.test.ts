import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readBundle } from '../src/chain/read-bundle';
import { compare } from '../src/migration/compare';
import { labelOf } from './support/golden';

// The example as it stands, on the library's source: it writes its bundles when it is loaded.
vi.mock('eggtooth', () => import('../src/index.js'));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-oci-test-'));
  vi.stubEnv('CDK8S_OUTDIR', folder);
  await import(join(__dirname, '../examples/oci/main.ts'));
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string) => join(folder, `${name}.k8s.yaml`);

describe('the example of the OCI road', () => {
  test('is a bundle of its own, byte for byte', async () => {
    await expect(readFileSync(file('oci'), 'utf8')).toMatchFileSnapshot('./__snapshots__/oci.k8s.yaml');
  });

  test('takes the place of its chain, of which nothing but the namespace and the release stays', () => {
    const remains = compare(readBundle(file('chain')), readBundle(file('oci')));

    expect(remains.users).toEqual(['flux-assets-reader']);
    expect(remains.secrets).toEqual([{ namespace: 'platform', name: 'flux-assets-tls' }]);
    expect(
      [...remains.rights, ...remains.repositories.map(({ object }) => object), ...remains.servers].map(labelOf),
    ).toEqual([
      'RoleBinding flux-assets-reader',
      'Role flux-assets-reader',
      'HelmRepository system',
      'Service flux-assets',
      'StatefulSet flux-assets',
    ]);
    expect(remains.others).toEqual([]);
  });
});
