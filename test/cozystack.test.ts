import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readBundle } from '../src/chain/read-bundle';
import type { KubeObject } from '../src/kube-object';
import { find, goldenEndpoint, goldenObjects, labelOf } from './support/golden';

// The example as it stands, on the library's source: it writes its bundle when it is loaded.
vi.mock('eggtooth', () => import('../src/index.js'));
const example = join(__dirname, '../examples/cozystack/main.ts');

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'eggtooth-cozystack-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Folder that the example was synthesized into. */
async function synthExample(name: string, apiServerUrl?: string): Promise<string> {
  const folder = join(scratch, name);
  vi.stubEnv('CDK8S_OUTDIR', folder);
  vi.stubEnv('API_SERVER_URL', apiServerUrl);
  vi.resetModules();
  try {
    await import(example);
  } finally {
    vi.unstubAllEnvs();
  }
  return folder;
}

describe("Cozystack's bundle", () => {
  let folder: string;
  let objects: readonly KubeObject[];
  beforeAll(async () => {
    folder = await synthExample('golden');
    objects = readBundle(folder);
  });

  test.each(goldenObjects().map((golden) => ({ label: labelOf(golden), golden })))(
    'has $label, field by field',
    ({ label, golden }) => {
      expect(find(objects, label)).toEqual(golden);
    },
  );

  test('has these objects in this order, and no other', () => {
    expect(objects.map(labelOf)).toEqual(goldenObjects().map(labelOf));
  });

  test('is one file, byte for byte', async () => {
    expect(readdirSync(folder)).toEqual(['cozystack.k8s.yaml']);
    const yaml = readFileSync(join(folder, 'cozystack.k8s.yaml'), 'utf8');
    await expect(yaml).toMatchFileSnapshot('./__snapshots__/cozystack.k8s.yaml');
  });

  test('changes in nothing but its URLs with the address of the API server', async () => {
    const elsewhere = readBundle(await synthExample('elsewhere', 'https://[fd00::1]:6443'));

    const moved = JSON.stringify(goldenObjects()).replaceAll(goldenEndpoint, 'https://[fd00::1]:6443');
    expect(elsewhere).toEqual(JSON.parse(moved));
  });
});
