import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { helmChartGvk } from '../../src/kubernetes/flux';
import type { HelmChartManifest } from '../../src/kubernetes/flux-manifests';
import type { MigratePlan, MigrateResult } from '../../src/migration';
import { eventually, readiness } from '../../tools/control-plane';
import { parseOutput } from '../support/outputs';
import { chainParts, current, type Item, namesOf } from './support/chain-parts';
import type { Run } from './support/eggtooth';
import { type MigrationStage, startMigrationStage } from './support/migration-stage';
import { actAsSourceWatcher, chainRelease, OCI_NAMESPACE, release } from './support/oci-bundle';

let stage: MigrationStage;
beforeAll(async () => {
  stage = await startMigrationStage();
});
afterAll(() => stage?.stop());

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const migrate = (...flags: string[]) => stage.migrate(flags);
const isReady = async (kind: string, name: string, namespace = OCI_NAMESPACE) =>
  (await readiness(stage.cluster, kind, namespace, name)).ready;
const theRelease = async () =>
  JSON.parse(await kubectl('get', 'helmrelease', 'network', '-n', OCI_NAMESPACE, '-o', 'json'));

const helmChart = (name: string) => {
  const sourceRef = { kind: 'HelmRepository', name: 'system' } as const;
  const spec = { chart: 'network', interval: '1h', sourceRef };
  return { ...helmChartGvk, metadata: { name, namespace: OCI_NAMESPACE }, spec } satisfies HelmChartManifest;
};

/** resourceVersions of the objects of the new bundle. */
async function versions(): Promise<readonly string[]> {
  const kinds = 'ocirepositories,artifactgenerators,externalartifacts,helmreleases';
  const { items }: { items: Item[] } = JSON.parse(await kubectl('get', kinds, '-A', '-o', 'json'));
  return items.map(({ metadata }) => metadata.resourceVersion);
}

function expectRefused({ code, stdout, stderr }: Run, errorCode: string, says: readonly string[]): void {
  for (const text of says) expect(stderr).toContain(text);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toMatch(new RegExp(`\n  fix: .*\n  code: ${errorCode}\n$`));
  expect(stdout).toBe('');
  expect(code).toBe(1);
}

describe('migrate', () => {
  test('--dry-run prints what it would apply and what the clean-up would remove, and writes nothing', async () => {
    const { code, stdout, stderr } = await migrate('--dry-run');

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const plan = parseOutput<MigratePlan>('migrate', { stdout });
    expect(namesOf(plan.objects)).toEqual([
      'Namespace eggtooth-system',
      'OCIRepository eggtooth-system/charts',
      'ArtifactGenerator eggtooth-system/charts',
      'HelmRelease eggtooth-system/network',
    ]);
    expect(namesOf(plan.toRemove)).toEqual(await chainParts(stage.cluster));
    expect(await kubectl('get', 'ocirepositories', '-A', '-o', 'name')).toBe('');
  });

  test('--dry-run -o text prints the same, one object per line', async () => {
    const { code, stdout } = await migrate('--dry-run', '-o', 'text');

    expect(code).toBe(0);
    const parts = await chainParts(stage.cluster);
    expect(stdout.trimEnd().split('\n')).toEqual([
      'apply        Namespace eggtooth-system',
      'apply        OCIRepository eggtooth-system/charts',
      'apply        ArtifactGenerator eggtooth-system/charts',
      'apply        HelmRelease eggtooth-system/network',
      'with --clean-up:',
      ...parts.map((name) => `remove       ${name}`),
      'keep         Namespace eggtooth-shop: not part of the chain',
      'keep         ConfigMap eggtooth-system/notes: not part of the chain',
    ]);
  });

  test('--clean-up is rejected while the new bundle is not ready', async () => {
    expectRefused(await migrate('--clean-up'), 'ERR_EGGTOOTH_NOT_READY', [
      'OCIRepository eggtooth-system/charts: does not exist',
      'ExternalArtifact eggtooth-system/network: no source-watcher has reconciled its ArtifactGenerator',
    ]);
    expect(await current(stage.cluster)).toEqual(await chainParts(stage.cluster));
  });

  test('reports what is missing at the deadline, and leaves the HelmRelease unchanged, when no source-watcher runs', async () => {
    const start = Date.now();

    const { code, stdout, stderr } = await migrate('--timeout', '8s');

    expect(Date.now() - start).toBeLessThan(15_000);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the new bundle is not ready:/);
    expect(stderr).toContain('ExternalArtifact eggtooth-system/network: no source-watcher has reconciled');
    expect(stderr).toMatch(/code: ERR_EGGTOOTH_NOT_READY\n$/);
    const { objects, sources } = parseOutput<MigrateResult>('migrate', { stdout });
    expect(namesOf(objects)).not.toContain('HelmRelease eggtooth-system/network');
    expect(sources.map(({ kind, ready }) => [kind, ready])).toEqual([
      ['OCIRepository', true],
      ['ExternalArtifact', false],
    ]);
    expect((await theRelease()).spec.chart.spec.sourceRef.name).toBe('system');
  });

  test('applies the new bundle next to the old one, and deletes nothing', async () => {
    await actAsSourceWatcher(stage.cluster);

    const { code, stdout, stderr } = await migrate();

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { objects, sources, toRemove, kept } = parseOutput<MigrateResult>('migrate', { stdout });
    expect(objects.map(({ kind, result }) => [kind, result])).toEqual([
      ['Namespace', 'unchanged'],
      ['OCIRepository', 'unchanged'],
      ['ArtifactGenerator', 'unchanged'],
      ['HelmRelease', 'configured'],
    ]);
    expect(sources.map(({ ready, detail }) => [ready, detail])).toEqual([
      [true, expect.stringMatching(/^sha256:/)],
      [true, expect.stringMatching(/^latest@sha256:/)],
    ]);
    expect(namesOf(toRemove)).toEqual(await chainParts(stage.cluster));
    expect(kept.map(({ kind, name, reason }) => [kind, name, reason])).toEqual([
      ['Namespace', 'eggtooth-shop', 'not part of the chain'],
      ['ConfigMap', 'notes', 'not part of the chain'],
    ]);
    expect(await current(stage.cluster)).toEqual(await chainParts(stage.cluster));
  });

  test('leaves the HelmRepositories and the OCIRepository Ready', async () => {
    await eventually(() => isReady('helmrepository', 'system'));
    await eventually(() => isReady('helmrepository', 'apps', 'eggtooth-shop'));
    expect(await isReady('ocirepository', 'charts')).toBe(true);
  });

  test('removes spec.chart from a HelmRelease that another field manager applied', async () => {
    const { spec } = await theRelease();

    expect(spec.chart).toBeUndefined();
    expect(spec.chartRef).toEqual({ kind: 'ExternalArtifact', name: 'network', namespace: OCI_NAMESPACE });
  });

  test('changes nothing when it is repeated', async () => {
    const before = await versions();

    const { code, stdout } = await migrate();

    expect(code).toBe(0);
    expect((JSON.parse(stdout) as MigrateResult).objects.map(({ result }) => result)).toEqual(
      Array(4).fill('unchanged'),
    );
    expect(await versions()).toEqual(before);
  });
});

describe('migrate --clean-up is rejected while a HelmRelease of the new bundle', () => {
  const condition = (status: string, reason: string) => ({
    type: 'Ready',
    status,
    reason,
    message: 'from helm-controller',
    lastTransitionTime: new Date().toISOString(),
  });

  test.each([
    ['has failed', 'False', 'UpgradeFailed', 0],
    ['has not been reconciled since it changed', 'True', 'UpgradeSucceeded', -1],
  ])('%s', async (_, status, reason, behind) => {
    const { metadata } = await theRelease();
    const observedGeneration = metadata.generation + behind;
    const patch = { status: { observedGeneration, conditions: [condition(status, reason)] } };
    const target = ['helmrelease', 'network', '-n', OCI_NAMESPACE, '--subresource=status', '--type=merge'];
    await kubectl('patch', ...target, '-p', JSON.stringify(patch));
    try {
      const says = `HelmRelease eggtooth-system/network: ${reason}: from helm-controller`;
      expectRefused(await migrate('--clean-up'), 'ERR_EGGTOOTH_NOT_READY', [says]);
      expect(await current(stage.cluster)).toEqual(await chainParts(stage.cluster));
    } finally {
      await kubectl('patch', ...target, '-p', JSON.stringify({ status: { conditions: [] } }));
    }
  });
});

describe('migrate --clean-up is rejected while a HelmRelease still takes a chart', () => {
  test.each([
    ['from a HelmRepository', [chainRelease('late')], 'takes a chart from HelmRepository eggtooth-system/system'],
    [
      'through a HelmChart',
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
      expect(await current(stage.cluster)).toEqual(parts);
    } finally {
      const late = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      await kubectl('delete', ...late, '-n', OCI_NAMESPACE);
    }
  });
});
