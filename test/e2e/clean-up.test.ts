import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../src/kubernetes/read-bundle';
import type { CleanUpResult } from '../../src/migration';
import { applyObjects, clusterFromKubeconfig } from '../../src/up';
import { eventually, readiness } from '../../tools/control-plane';
import { createClientRequest } from '../../tools/control-plane/pki';
import { parseOutput } from '../support/outputs';
import { chainParts, current, type Item, namesOf, type Reader, requestByHand, thief } from './support/chain-parts';
import { type MigrationStage, resultOf, startMigrationStage } from './support/migration-stage';
import { actAsSourceWatcher, OCI_NAMESPACE } from './support/oci-bundle';

let stage: MigrationStage;
let parts: readonly string[];
let read: Reader;
let foreign: readonly Item[];

beforeAll(async () => {
  stage = await startMigrationStage();
  await actAsSourceWatcher(stage.cluster);
  await leaveNamespacesToEggtooth();
  resultOf(await migrate());
  parts = await chainParts(stage.cluster);
  await applyForeign();
  foreign = await foreignItems();
  read = await thief(stage.cluster);
  expect(await read()).toBe(200);
});
afterAll(() => stage?.stop());

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const get = async (...args: string[]) => JSON.parse(await kubectl('get', ...args, '-o', 'json'));
const migrate = (...flags: string[]) => stage.migrate(flags);
const isReady = async () => (await readiness(stage.cluster, 'ocirepository', OCI_NAMESPACE, 'charts')).ready;

/** As after `up`: eggtooth alone manages the labels of the Namespaces. */
async function leaveNamespacesToEggtooth(): Promise<void> {
  const namespaces = readBundle(stage.old).filter(({ kind }) => kind === 'Namespace');
  const cluster = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
  await applyObjects(cluster, namespaces);
  cluster.close();
  await stage.cluster.apply(namespaces.map(({ metadata: { name }, ...rest }) => ({ ...rest, metadata: { name } })));
}

const podSecurity = async () =>
  (await get('namespace', OCI_NAMESPACE)).metadata.labels['pod-security.kubernetes.io/enforce'];

/** Objects of others, next to the chain. */
async function applyForeign(): Promise<void> {
  const { request } = await createClientRequest({ user: 'somebody-else' });
  const { request: unmarked } = await createClientRequest({ user: 'assets-reader' });
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  await stage.cluster.apply([
    requestByHand('somebody-else', request),
    requestByHand('unmarked', unmarked),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'other', namespace: OCI_NAMESPACE },
      type: 'kubernetes.io/tls',
      data: (await get('secret', 'assets-tls', '-n', OCI_NAMESPACE)).data,
    },
    {
      apiVersion: `${rbac.apiGroup}/v1`,
      kind: 'Role',
      metadata: { name: 'other', namespace: OCI_NAMESPACE },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    },
    {
      apiVersion: `${rbac.apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'other', namespace: OCI_NAMESPACE },
      roleRef: { ...rbac, kind: 'Role', name: 'other' },
      subjects: [{ ...rbac, kind: 'User', name: 'somebody-else' }],
    },
  ]);
}

const [SYSTEM, APPS] = [
  { namespace: OCI_NAMESPACE, name: 'system' },
  { namespace: 'eggtooth-shop', name: 'apps' },
];
const FOREIGN = [
  'RoleBinding eggtooth-system/other',
  'Role eggtooth-system/other',
  'Secret eggtooth-system/other',
  'CertificateSigningRequest somebody-else',
  'CertificateSigningRequest unmarked',
];

describe('migrate --clean-up', () => {
  test('starts with a namespace in which the old server can still start again', async () => {
    expect(await podSecurity()).toBe('privileged');
  });

  test('--dry-run prints what it would remove and keep, and removes nothing', async () => {
    const { code, stdout } = await migrate('--clean-up', '--dry-run');

    expect(code).toBe(0);
    const { removed, kept, checks, unchanged } = parseOutput<CleanUpResult>('migrate-clean-up', { stdout });
    expect([checks, unchanged]).toEqual([[], false]);
    expect(namesOf(removed)).toEqual(parts);
    expect(kept).toContainEqual({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      name: 'unmarked',
      reason: 'not created by eggtooth; Kubernetes deletes it within a day',
    });
    expect(await read()).toBe(200);
  });

  test('removes the chain, rights first, and verifies that', async () => {
    const { code, stdout, stderr } = await migrate('--clean-up');

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { removed, kept, checks, unchanged } = parseOutput<CleanUpResult>('migrate-clean-up', { stdout });
    expect(namesOf(removed)).toEqual(parts);
    expect(namesOf(kept)).toEqual([
      'CertificateSigningRequest unmarked',
      'Namespace eggtooth-shop',
      'ConfigMap eggtooth-system/notes',
    ]);
    expect(checks).toEqual([
      { check: 'revoked-certificate', repository: SYSTEM, ok: true, detail: '403' },
      { check: 'revoked-certificate', repository: APPS, ok: true, detail: '403' },
      {
        check: 'revoked-user',
        user: 'assets-reader',
        route: expect.stringMatching(/^\/api\/v1\/namespaces/),
        ok: true,
        detail: expect.stringMatching(/^may not get \/api\/v1\/namespaces/),
      },
      { check: 'gone', ok: true, detail: 'no object of the old chain is left' },
    ]);
    expect(unchanged).toBe(false);
    expect(stdout).not.toMatch(/PRIVATE|BEGIN|UFJJVkFURSBLRV/);
  });

  test('leaves nothing of the credential, and the old certificate reads nothing', async () => {
    expect(await current(stage.cluster)).toEqual(FOREIGN);
    expect(await read()).toBe(403);
  });

  test('deletes the pod of the assets server', async () => {
    // Without a kubelet it stays in deletion.
    await eventually(async () => {
      const { metadata } = await get('pod', 'assets-0', '-n', OCI_NAMESPACE);
      return metadata.deletionTimestamp !== undefined;
    });
  });

  test('changes no object of others, no namespace and no CRD', async () => {
    expect(await foreignItems()).toEqual(foreign);
    const kept = ['namespace/eggtooth-shop', 'crd/helmrepositories.source.toolkit.fluxcd.io', 'configmap/notes'];
    for (const object of kept) await kubectl('get', object, '-n', OCI_NAMESPACE);
  });

  test('removes the label of the namespace that only the old server needed', async () => {
    expect(await podSecurity()).toBeUndefined();
  });

  test('leaves the new bundle ready', async () => {
    expect(await isReady()).toBe(true);
    const now = `${Date.now()}`;
    const request = `reconcile.fluxcd.io/requestedAt=${now}`;
    await kubectl('annotate', 'ocirepository', 'charts', '-n', OCI_NAMESPACE, request);
    await eventually(async () => {
      const { status } = await get('ocirepository', 'charts', '-n', OCI_NAMESPACE);
      return status.lastHandledReconcileAt === now && (await isReady());
    });
  });

  test('changes nothing when it is repeated, and verifies without a certificate that the user reads nothing', async () => {
    const { code, stdout } = await migrate('--clean-up');

    expect(code).toBe(0);
    const { removed, checks, unchanged } = parseOutput<CleanUpResult>('migrate-clean-up', { stdout });
    expect(removed).toEqual([]);
    expect(unchanged).toBe(true);
    expect(checks.map(({ check, ok }) => [check, ok])).toEqual([
      ['revoked-user', true],
      ['gone', true],
    ]);
  });

  test('leaves nothing that migrate would announce', async () => {
    const { code, stdout } = await migrate();

    expect(code).toBe(0);
    expect(JSON.parse(stdout).toRemove).toEqual([]);
  });
});

async function foreignItems(): Promise<readonly Item[]> {
  const other = ['-n', OCI_NAMESPACE, '--field-selector=metadata.name=other'];
  const { items: local } = await get('rolebinding,role,secret', ...other);
  const { items: requests } = await get('csr', 'somebody-else', 'unmarked');
  return [...local, ...requests];
}
