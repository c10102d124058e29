import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { find, goldenEndpoint, goldenObjects, labelOf } from '../../support/golden';

// The example with the source of the library. It writes its bundle when it is loaded.
vi.mock('eggtooth', () => import('../../../src/index.js'));
const example = join(__dirname, '../../../examples/cozystack/main.ts');

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'eggtooth-cozystack-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The folder that the example is synthesized into. */
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
    'has $label with exactly the fields of Cozystack',
    ({ label, golden }) => {
      expect(find(objects, label)).toEqual(golden);
    },
  );

  test('has these objects in this order and no others', () => {
    const flux = ['Namespace cozy-fluxcd', 'ServiceAccount flux', 'ClusterRoleBinding flux', 'ClusterRole flux-view'];
    expect(objects.map(labelOf)).toEqual([
      ...fluxCrds('2.7.3').map(labelOf),
      ...[...flux, 'ResourceQuota flux', 'Deployment flux'],
      ...goldenObjects().map(labelOf),
    ]);
  });

  test('is a file of CRDs, and a file with the bytes of the snapshot', async () => {
    const [crds, ...others] = readdirSync(folder);
    expect(crds).toMatch(/^0000-cozystack-crds-\w+\.k8s\.yaml$/);
    expect(others).toEqual(['0001-cozystack.k8s.yaml']);
    const yaml = readFileSync(join(folder, '0001-cozystack.k8s.yaml'), 'utf8');
    await expect(yaml).toMatchFileSnapshot('../__snapshots__/cozystack.k8s.yaml');
  });

  test("changes only in its URLs and in Flux's environment with the address of the API server", async () => {
    const elsewhere = readBundle(await synthExample('elsewhere', 'https://[fd00::1]:6443'));

    const moved = JSON.stringify(objects)
      .replaceAll(goldenEndpoint, 'https://[fd00::1]:6443')
      .replaceAll('"KUBERNETES_SERVICE_HOST","value":"localhost"', '"KUBERNETES_SERVICE_HOST","value":"fd00::1"')
      .replaceAll('"KUBERNETES_SERVICE_PORT","value":"7445"', '"KUBERNETES_SERVICE_PORT","value":"6443"')
      .replaceAll('.svc,localhost', '.svc,fd00::1');
    expect(elsewhere).toEqual(JSON.parse(moved));
  });
});
