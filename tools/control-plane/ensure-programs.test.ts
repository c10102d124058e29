import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ensurePrograms } from './ensure-programs';
import { kubernetesMinors, kubernetesVersions, standardKubernetes } from './kubernetes-versions';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'programs-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('ensurePrograms', () => {
  test('returns programs in $KUBEBUILDER_ASSETS', async () => {
    vi.stubEnv('KUBEBUILDER_ASSETS', folder);
    writeFileSync(join(folder, 'etcd'), '');

    const paths = await ensurePrograms(['etcd', 'sandbox']);
    expect(paths.etcd).toBe(join(folder, 'etcd'));
    expect(paths.sandbox).not.toContain(folder);
  });

  test('builds nothing in a sandbox, which has no network', async () => {
    vi.stubEnv('XDG_CACHE_HOME', folder);
    vi.stubEnv('EGGTOOTH_SANDBOX', folder);

    await expect(ensurePrograms(['helm'])).rejects.toThrow(
      'run `node --import tsx tools/control-plane/build.ts` outside',
    );
  });
});

test.each(kubernetesMinors.filter((minor) => minor !== standardKubernetes))(
  'Kubernetes %s is built from the version that its go.mod pins',
  (minor) => {
    const pinned = readFileSync(join(__dirname, 'programs', `kubernetes-${minor}`, 'go.mod'), 'utf8');
    expect(pinned).toContain(`require k8s.io/kubernetes ${kubernetesVersions[minor]}\n`);
  },
);
