import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isHelmRelease } from '../../src/kubernetes/kinds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { readBundle } from '../../src/kubernetes/read-bundle';
import type { CleanUpResult, MigrateResult } from '../../src/migration';
import { eventually } from '../../tools/control-plane';
import { writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';
import { resultOf, startProxiedMigrationStage } from './support/migration-stage';
import { actAsSourceWatcher, chainRelease, OCI_NAMESPACE } from './support/oci-bundle';

let stage: Awaited<ReturnType<typeof startProxiedMigrationStage>>;
beforeAll(async () => {
  stage = await startProxiedMigrationStage();
  await stage.cluster.apply(chainRelease('shop'));
  await actAsSourceWatcher(stage.cluster);
});
afterAll(() => stage?.stop());

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);

/** The new bundle with another HelmRelease, `shop`, of the same chart; the change is made to that one. */
function bundle(change: (release: KubeObject) => object): string {
  const objects = readBundle(stage.next).flatMap((object) => {
    if (!isHelmRelease(object)) return [object];
    return [object, change({ ...object, metadata: { ...object.metadata, name: 'shop' } })];
  });
  return writeBundle(join(stage.cluster.dir, 'refused.yaml'), objects);
}

const migrate = (next: string, ...flags: string[]) =>
  eggtooth(['migrate', stage.old, next, '--kubeconfig', stage.kubeconfig, '-o', 'json', ...flags]);

/** Where each HelmRelease takes its chart from. */
async function sources(): Promise<readonly unknown[]> {
  const json = await kubectl('get', 'helmreleases', 'network', 'shop', '-n', OCI_NAMESPACE, '-o', 'json');
  const { items }: { items: { spec: { chart?: object; chartRef?: object } }[] } = JSON.parse(json);
  return items.map(({ spec: { chart, chartRef } }) => [chart !== undefined, chartRef !== undefined]);
}

const specOf = (release: KubeObject) => release.spec as Readonly<Record<string, unknown>>;

describe('migrate, if the API server refuses one of the HelmReleases, leaves all of them their charts', () => {
  test.each<readonly [why: string, change: (release: KubeObject) => object, says: RegExp]>([
    [
      'for an unknown field',
      (release) => ({ ...release, spec: { ...specOf(release), intervall: '1h' } }),
      /unknown field|field not declared/,
    ],
    [
      'for a value of another type',
      (release) => ({ ...release, spec: { ...specOf(release), maxHistory: 'many' } }),
      /maxHistory/,
    ],
    [
      'for an invalid label',
      (release) => ({ ...release, metadata: { ...release.metadata, labels: { 'not a label': '' } } }),
      /not a label/,
    ],
  ])('%s', async (_, change, says) => {
    const { code, stdout, stderr } = await migrate(bundle(change));

    expect(stderr).toMatch(/^error: HelmRelease eggtooth-system\/shop: cannot apply the HelmRelease/);
    expect(stderr).toMatch(says);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(await sources()).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  test('for an admission policy', async () => {
    const spec = {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['helm.toolkit.fluxcd.io'],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['helmreleases'],
          },
        ],
      },
      validations: [{ expression: "object.metadata.name != 'shop'", message: 'the shop is closed' }],
    };
    const [apiVersion, metadata] = ['admissionregistration.k8s.io/v1', { name: 'closed' }];
    const policy = { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata, spec };
    const binding = {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: 'closed', validationActions: ['Deny'] },
    };
    await stage.cluster.apply([policy, binding]);
    await eventually(async () => {
      const label = ['label', 'helmrelease', 'shop', '-n', OCI_NAMESPACE, 'x=y', '--dry-run=server'];
      expect(await kubectl(...label).then(String, String)).toContain('the shop is closed');
    });

    const { code, stderr } = await migrate(bundle((release) => release));

    expect(stderr).toContain('the shop is closed');
    expect(code).toBe(1);
    expect(await sources()).toEqual([
      [true, false],
      [true, false],
    ]);
    await kubectl('delete', 'validatingadmissionpolicybindings,validatingadmissionpolicies', 'closed');
  });

  test('and switches them once it accepts them', async () => {
    const next = bundle((release) => release);
    await eventually(async () => expect((await migrate(next)).code).toBe(0));

    expect(await sources()).toEqual([
      [false, true],
      [false, true],
    ]);
    const { objects } = resultOf<MigrateResult>(await migrate(next));
    expect(objects.every(({ result }) => result === 'unchanged')).toBe(true);
  });
});

describe('migrate --clean-up whose time is over when everything is deleted', () => {
  test('verifies all the same, and reports no failure', async () => {
    // Every call takes longer than the run may.
    stage.proxy.interfere(async ({ method }, moment) => {
      if (moment === 'before' && method === 'DELETE') await new Promise((resolve) => setTimeout(resolve, 300));
      return 'pass' as const;
    });

    const run = await migrate(
      bundle((release) => release),
      '--clean-up',
      '--timeout',
      '1s',
    );

    const { checks } = resultOf<CleanUpResult>(run);
    expect(checks.map(({ check, ok }) => [check, ok])).toEqual([
      ['revoked-certificate', true],
      ['revoked-certificate', true],
      ['revoked-user', true],
      ['gone', true],
    ]);
  });
});
