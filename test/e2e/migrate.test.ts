import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../src/chain/read-bundle';
import { type HelmChartManifest, helmChartGvk } from '../../src/flux';
import type { CleanUpResult, MigrateResult, planMigrate } from '../../src/migration';
import { eventually, readiness, startFlux, startRegistry } from '../../tools/control-plane';
import { createClientRequest } from '../../tools/control-plane/pki';
import { writeBundle } from './support/bundle';
import { chainParts, type Item, namesOf, type Reader, requestByHand, standing, thief } from './support/chain-parts';
import { eggtooth, type Run } from './support/eggtooth';
import {
  actAsSourceWatcher,
  chainRelease,
  OCI_NAMESPACE,
  ociBundleObjects,
  pushCharts,
  release,
} from './support/oci-bundle';
import { type Stage, startStage } from './support/stage';

let stage: Stage;
let old: string;
let next: string;

beforeAll(async () => {
  stage = await startStage();
  const { cluster } = stage;
  const others = [
    chainRelease(),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'notes', namespace: OCI_NAMESPACE } },
  ];
  old = writeBundle(join(cluster.dir, 'old.yaml'), [...readBundle(stage.bundle), ...others]);
  await cluster.apply(old);
  expect(await eggtooth(['issue', old, '--kubeconfig', cluster.kubeconfig])).toMatchObject({ code: 0 });
  await startFlux(cluster);
  const registry = await startRegistry(cluster);
  next = writeBundle(join(cluster.dir, 'next.yaml'), ociBundleObjects(registry, await pushCharts(cluster, registry)));
});
afterAll(() => stage?.stop());

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const get = async (...args: string[]) => JSON.parse(await kubectl('get', ...args, '-o', 'json'));
const migrate = (...flags: string[]) =>
  eggtooth(['migrate', old, next, '--kubeconfig', stage.cluster.kubeconfig, '-o', 'json', ...flags]);
const isReady = async (kind: string, name: string, namespace = OCI_NAMESPACE) =>
  (await readiness(stage.cluster, kind, namespace, name)).ready;

const helmChart = (name: string) => {
  const sourceRef = { kind: 'HelmRepository', name: 'system' } as const;
  const spec = { chart: 'network', interval: '1h', sourceRef };
  return { ...helmChartGvk, metadata: { name, namespace: OCI_NAMESPACE }, spec } satisfies HelmChartManifest;
};

/** resourceVersions of what the new bundle holds. */
async function versions(): Promise<readonly string[]> {
  const kinds = 'ocirepositories,artifactgenerators,externalartifacts,helmreleases';
  const { items }: { items: Item[] } = await get(kinds, '-A');
  return items.map(({ metadata }) => metadata.resourceVersion);
}

function expectRefused({ code, stdout, stderr }: Run, errorCode: string, says: readonly string[]): void {
  for (const text of says) expect(stderr).toContain(text);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toMatch(new RegExp(`\n  cure: .*\n  code: ${errorCode}\n$`));
  expect(stdout).toBe('');
  expect(code).toBe(1);
}

describe('migrate', () => {
  it('--dry-run shows what it would apply and what the clean-up would remove, and writes nothing', async () => {
    const { code, stdout, stderr } = await migrate('--dry-run');

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const plan: Awaited<ReturnType<typeof planMigrate>> = JSON.parse(stdout);
    expect(namesOf(plan.apply)).toEqual([
      'Namespace eggtooth-system',
      'OCIRepository eggtooth-system/charts',
      'ArtifactGenerator eggtooth-system/charts',
      'HelmRelease eggtooth-system/network',
    ]);
    expect(namesOf(plan.remove)).toEqual(await chainParts(stage.cluster));
    expect(await kubectl('get', 'ocirepositories', '-A', '-o', 'name')).toBe('');
  });

  it('--clean-up is refused before: the new bundle is not at work', async () => {
    expectRefused(await migrate('--clean-up'), 'ERR_EGGTOOTH_NOT_READY', [
      'OCIRepository eggtooth-system/charts: does not exist',
      'ExternalArtifact eggtooth-system/network: no source-watcher has looked at its ArtifactGenerator',
    ]);
    expect(await standing(stage.cluster)).toEqual(await chainParts(stage.cluster));
  });

  it('ends with what is missing, in time, when no source-watcher runs; the HelmRelease reads as before', async () => {
    const start = Date.now();

    const { code, stdout, stderr } = await migrate('--timeout', '8s');

    expect(Date.now() - start).toBeLessThan(15_000);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the new bundle is not at work yet:/);
    expect(stderr).toContain('ExternalArtifact eggtooth-system/network: no source-watcher has looked at');
    expect(stderr).toMatch(/code: ERR_EGGTOOTH_NOT_READY\n$/);
    const { applied, sources }: MigrateResult = JSON.parse(stdout);
    expect(namesOf(applied)).not.toContain('HelmRelease eggtooth-system/network');
    expect(sources.map(({ kind, ready }) => [kind, ready])).toEqual([
      ['OCIRepository', true],
      ['ExternalArtifact', false],
    ]);
    expect((await get('helmrelease', 'network', '-n', OCI_NAMESPACE)).spec.chart.spec.sourceRef.name).toBe('system');
  });

  it('brings the new bundle beside the old one, and deletes nothing', async () => {
    await actAsSourceWatcher(stage.cluster);

    const { code, stdout, stderr } = await migrate();

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { applied, sources, remove, left }: MigrateResult = JSON.parse(stdout);
    expect(applied.map(({ kind, result }) => [kind, result])).toEqual([
      ['Namespace', 'unchanged'],
      ['OCIRepository', 'unchanged'],
      ['ArtifactGenerator', 'unchanged'],
      ['HelmRelease', 'configured'],
    ]);
    expect(sources.map(({ ready, detail }) => [ready, detail])).toEqual([
      [true, expect.stringMatching(/^Succeeded: stored artifact for digest 'sha256:/)],
      [true, expect.stringMatching(/^latest@sha256:/)],
    ]);
    expect(namesOf(remove)).toEqual(await chainParts(stage.cluster));
    expect(left.map(({ kind, name, reason }) => [kind, name, reason])).toEqual([
      ['Namespace', 'eggtooth-shop', 'no part of the chain'],
      ['ConfigMap', 'notes', 'no part of the chain'],
    ]);
    expect(await standing(stage.cluster)).toEqual(await chainParts(stage.cluster));
  });

  it('leaves both alive: HelmRepository and OCIRepository are Ready', async () => {
    await eventually(() => isReady('helmrepository', 'system'));
    await eventually(() => isReady('helmrepository', 'apps', 'eggtooth-shop'));
    expect(await isReady('ocirepository', 'charts')).toBe(true);
  });

  it('takes the chart out of a HelmRelease that somebody else had applied', async () => {
    const { spec } = await get('helmrelease', 'network', '-n', OCI_NAMESPACE);

    expect(spec.chart).toBeUndefined();
    expect(spec.chartRef).toEqual({ kind: 'ExternalArtifact', name: 'network', namespace: OCI_NAMESPACE });
  });

  it('changes nothing the second time', async () => {
    const before = await versions();

    const { code, stdout } = await migrate();

    expect(code).toBe(0);
    expect(JSON.parse(stdout).applied.map(({ result }: { result: string }) => result)).toEqual(
      Array(4).fill('unchanged'),
    );
    expect(await versions()).toEqual(before);
  });
});

describe('migrate --clean-up is refused while a HelmRelease still takes a chart', () => {
  it.each([
    ['from a HelmRepository', [chainRelease('late')], 'takes a chart from HelmRepository eggtooth-system/system'],
    [
      'by way of a HelmChart',
      [release({ chartRef: { kind: 'HelmChart', name: 'network' } }, 'late'), helmChart('network')],
      'takes a chart from HelmChart eggtooth-system/network',
    ],
  ])('%s', async (_, objects, says) => {
    const parts = await chainParts(stage.cluster);
    await stage.cluster.apply(objects);
    try {
      const refused = [`HelmRelease eggtooth-system/late ${says}`];
      expectRefused(await migrate('--clean-up'), 'ERR_EGGTOOTH_IN_USE', refused);
      expectRefused(await migrate('--clean-up', '--dry-run'), 'ERR_EGGTOOTH_IN_USE', refused);
      expect(await standing(stage.cluster)).toEqual(parts);
    } finally {
      const late = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      await kubectl('delete', ...late, '-n', OCI_NAMESPACE);
    }
  });
});

/** What belongs to others, beside the chain. */
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

const FOREIGN = [
  'RoleBinding eggtooth-system/other',
  'Role eggtooth-system/other',
  'Secret eggtooth-system/other',
  'CertificateSigningRequest somebody-else',
  'CertificateSigningRequest unmarked',
];

describe('migrate --clean-up', () => {
  let parts: readonly string[];
  let read: Reader;
  let foreign: readonly Item[];
  beforeAll(async () => {
    parts = await chainParts(stage.cluster);
    await applyForeign();
    foreign = await foreignItems();
    read = await thief(stage.cluster);
    expect(await read()).toBe(200);
  });

  it('--dry-run shows what goes and what stays, and removes nothing', async () => {
    const { code, stdout } = await migrate('--clean-up', '--dry-run');

    expect(code).toBe(0);
    const { remove, left } = JSON.parse(stdout);
    expect(namesOf(remove)).toEqual(parts);
    expect(left).toContainEqual({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      name: 'unmarked',
      reason: 'not made by eggtooth; Kubernetes deletes it within a day',
    });
    expect(await read()).toBe(200);
  });

  it('removes the chain, rights first, and proves it', async () => {
    const { code, stdout, stderr } = await migrate('--clean-up');

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { removed, left, proof, unchanged }: CleanUpResult = JSON.parse(stdout);
    expect(namesOf(removed)).toEqual(parts);
    expect(namesOf(left)).toEqual([
      'CertificateSigningRequest unmarked',
      'Namespace eggtooth-shop',
      'ConfigMap eggtooth-system/notes',
    ]);
    expect(proof).toEqual([
      { check: 'refused: index eggtooth-system/system', ok: true, detail: '403' },
      { check: 'refused: index eggtooth-shop/apps', ok: true, detail: '403' },
      {
        check: 'refused: user assets-reader',
        ok: true,
        detail: expect.stringMatching(/^may not get \/api\/v1\/namespaces/),
      },
      { check: 'gone', ok: true, detail: 'no object of the old chain is left' },
    ]);
    expect(unchanged).toBe(false);
    expect(stdout).not.toMatch(/PRIVATE|BEGIN|UFJJVkFURSBLRV/);
  });

  it('leaves nothing of the credential, and the old certificate reads nothing', async () => {
    expect(await standing(stage.cluster)).toEqual(FOREIGN);
    expect(await read()).toBe(403);
  });

  it('lets the pod of the assets server go', async () => {
    const { metadata } = await get('pod', 'assets-0', '-n', OCI_NAMESPACE);

    expect(metadata.deletionTimestamp).toBeDefined();
  });

  it('touches nothing that belongs to others, and no namespace and no CRD', async () => {
    expect(await foreignItems()).toEqual(foreign);
    const kept = ['namespace/eggtooth-shop', 'crd/helmrepositories.source.toolkit.fluxcd.io', 'configmap/notes'];
    for (const object of kept) await kubectl('get', object, '-n', OCI_NAMESPACE);
  });

  it('leaves the new bundle at work', async () => {
    expect(await isReady('ocirepository', 'charts')).toBe(true);
    await nudge();
    await eventually(() => isReady('ocirepository', 'charts'));
  });

  it('finds nothing to do the second time, and proves without a certificate that the user reads nothing', async () => {
    const { code, stdout } = await migrate('--clean-up');

    expect(code).toBe(0);
    const { removed, proof, unchanged }: CleanUpResult = JSON.parse(stdout);
    expect(removed).toEqual([]);
    expect(unchanged).toBe(true);
    expect(proof.map(({ check, ok }) => [check, ok])).toEqual([
      ['refused: user assets-reader', true],
      ['gone', true],
    ]);
  });

  it('and migrate has nothing to announce any more', async () => {
    const { code, stdout } = await migrate();

    expect(code).toBe(0);
    expect(JSON.parse(stdout).remove).toEqual([]);
  });
});

async function foreignItems(): Promise<readonly Item[]> {
  const [, , , first, second] = FOREIGN.map((name) => name.split(' ')[1] ?? '');
  const { items: local } = await get(
    'rolebinding,role,secret',
    '-n',
    OCI_NAMESPACE,
    '--field-selector=metadata.name=other',
  );
  const { items: requests } = await get('csr', first ?? '', second ?? '');
  return [...local, ...requests];
}

const nudge = () =>
  kubectl('annotate', 'ocirepository', 'charts', '-n', OCI_NAMESPACE, `reconcile.fluxcd.io/requestedAt=${Date.now()}`);
