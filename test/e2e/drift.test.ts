import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { everybodyMay, reviewRights } from '../../src/cluster/access-review';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { isDefaultRight, printRight } from '../../src/rights/right';
import type { IssueResult } from '../../src/signing/issue-result';
import type { RenewResult } from '../../src/signing/renew';
import type { ReaderStatus } from '../../src/signing/status';
import type { Check } from '../../src/signing/verify/check';
import { waitForRepositories } from '../../src/up/links/probe-repositories';
import { eventually } from '../../tools/control-plane';
import { eggtooth, onlyItem } from './support/eggtooth';
import { forget, secretsOf } from './support/proxied-stage';
import { type Stage, startStage } from './support/stage';

const [apiVersion, apiGroup] = ['rbac.authorization.k8s.io/v1', 'rbac.authorization.k8s.io'];
const READER = { apiGroup, kind: 'User', name: 'assets-reader' };
const SECRETS = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.stop());
beforeEach(() => forget(stage));

const run = (command: string, ...flags: string[]) =>
  eggtooth([command, stage.bundle, '--kubeconfig', stage.cluster.kubeconfig, '-o', 'json', ...flags]);

function rightsCheck(checks: readonly Check[]): Check | undefined {
  return checks.find(({ check }) => check === 'rights');
}

/** Adds objects, waits until the API server decides by them, runs, and takes them away. */
async function withObjects<Result>(
  objects: readonly object[],
  allowed: { readonly user: string; readonly verb: string; readonly resource: string; readonly namespace: string },
  action: () => Promise<Result>,
): Promise<Result> {
  const { user, verb, resource, namespace } = allowed;
  const ask = ['auth', 'can-i', verb, resource, '--as', user, '--as-group=system:authenticated', '-n', namespace];
  const can = async () => (await stage.cluster.kubectl(ask).catch(({ stdout = 'no' }) => String(stdout))).trim();
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await stage.cluster.kubectl(['apply', '-f', '-'], list);
  try {
    await eventually(async () => expect(await can()).toBe('yes'));
    return await action();
  } finally {
    await stage.cluster.kubectl(['delete', '--ignore-not-found', '-f', '-'], list);
    await eventually(async () => expect(await can()).not.toBe('yes'));
  }
}

function role(kind: 'Role' | 'ClusterRole', rules: readonly object[], namespace = 'eggtooth-system') {
  return { apiVersion, kind, metadata: { name: 'by-hand', ...(kind === 'Role' && { namespace }) }, rules };
}

function binding(
  kind: 'RoleBinding' | 'ClusterRoleBinding',
  ref: string,
  subject: object,
  namespace = 'eggtooth-system',
) {
  const [roleKind, name] = ref.split('/');
  const metadata = { name: 'by-hand', ...(kind === 'RoleBinding' && { namespace }) };
  return { apiVersion, kind, metadata, roleRef: { apiGroup, kind: roleKind, name }, subjects: [subject] };
}

const cases = [
  {
    by: 'a Role beside the reader in the namespace of the route',
    objects: [role('Role', [SECRETS]), binding('RoleBinding', 'Role/by-hand', READER)],
    allowed: { verb: 'get', resource: 'secrets', namespace: 'eggtooth-system' },
    says: 'get /secrets * in eggtooth-system',
  },
  {
    by: 'a RoleBinding to the ClusterRole view in the namespace of a HelmRepository',
    objects: [binding('RoleBinding', 'ClusterRole/view', READER, 'eggtooth-shop')],
    allowed: { verb: 'list', resource: 'pods', namespace: 'eggtooth-shop' },
    says: ' in eggtooth-shop',
  },
  {
    by: 'a ClusterRoleBinding',
    objects: [
      role('ClusterRole', [{ ...SECRETS, verbs: ['list'] }]),
      binding('ClusterRoleBinding', 'ClusterRole/by-hand', READER),
    ],
    allowed: { verb: 'list', resource: 'secrets', namespace: 'kube-system' },
    says: 'list /secrets * in eggtooth-system',
  },
];

describe('a right of the reader that was added by hand', () => {
  test.each(cases)('fails status, issue and renew: $by', async ({ objects, allowed, says }) => {
    expect(await run('issue')).toMatchObject({ code: 0 });
    const before = await secretsOf(stage);

    await withObjects(objects, { user: 'assets-reader', ...allowed }, async () => {
      const status = await run('status');
      expect(status.code).toBe(1);
      const { problems } = onlyItem<ReaderStatus>('status', status);
      expect(problems).toEqual([expect.stringContaining('assets-reader has rights beyond its routes: ')]);
      expect(problems[0]).toContain(says);

      const issue = await run('issue');
      expect(issue.code).toBe(1);
      expect(rightsCheck(onlyItem<IssueResult>('issue', issue).checks)).toMatchObject({
        ok: false,
        detail: expect.stringContaining(says),
      });

      const renew = await run('renew', '--force');
      expect(renew.code).toBe(1);
      expect(renew.stderr).toContain('has rights beyond its routes');
      expect(await secretsOf(stage)).toEqual(before);
    });
    expect(await run('status')).toMatchObject({ code: 0 });
  });

  test('in the Role of the bundle is reported by status', async () => {
    expect(await run('issue')).toMatchObject({ code: 0 });
    const widen = [{ op: 'add', path: '/rules/0/verbs/-', value: 'create' }];
    const patch = ['patch', 'role', 'assets-reader', '-n', 'eggtooth-system', '--type=json', '-p'];
    await stage.cluster.kubectl([...patch, JSON.stringify(widen)]);
    try {
      await eventually(async () => expect(await run('status')).toMatchObject({ code: 1 }));
      const { problems } = onlyItem<ReaderStatus>('status', await run('status'));
      expect(problems).toEqual([
        'assets-reader has rights beyond its routes: create /pods/proxy assets-0:8123 in eggtooth-system',
      ]);
    } finally {
      await stage.cluster.kubectl([...patch, JSON.stringify([{ op: 'remove', path: '/rules/0/verbs/1' }])]);
    }
  });

  test('is no concern if every authenticated user has it', async () => {
    const everybody = { apiGroup, kind: 'Group', name: 'system:authenticated' };
    const objects = [
      role('ClusterRole', [
        { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
        { nonResourceURLs: ['/metrics'], verbs: ['get'] },
      ]),
      binding('ClusterRoleBinding', 'ClusterRole/by-hand', everybody),
    ];
    const allowed = { user: 'assets-reader', verb: 'list', resource: 'nodes', namespace: 'default' };

    await withObjects(objects, allowed, async () => {
      expect(await run('issue')).toMatchObject({ code: 0 });
      expect(await run('status')).toMatchObject({ code: 0 });
    });
  });
});

describe('every authenticated user', () => {
  test('has the rights that isDefaultRight names, and no others', async () => {
    const cluster = await clusterFromKubeconfig({ kubeconfig: await stage.cluster.kubeconfigFor({ user: 'anybody' }) });
    try {
      const { rights, incomplete } = await reviewRights(cluster, 'eggtooth-system');

      expect(incomplete).toBe(false);
      expect(rights.filter((right) => !isDefaultRight(right)).map(printRight)).toEqual([]);
      expect(new Set(rights.map(printRight)).size).toBeGreaterThan(10);
    } finally {
      cluster.close();
    }
  });

  test('is asked about by everybodyMay', async () => {
    const cluster = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
    const reviews = { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews', name: '*' };
    try {
      expect(await everybodyMay(cluster, reviews, 'default')).toBe(true);
      expect(await everybodyMay(cluster, { verb: 'get', url: '/api/*' }, 'default')).toBe(true);
      expect(await everybodyMay(cluster, { verb: 'get', url: '/metrics' }, 'default')).toBe(false);
      expect(await everybodyMay(cluster, { ...reviews, verb: '*' }, 'default')).toBe(false);
    } finally {
      cluster.close();
    }
  });
});

describe('a HelmRepository that was changed by hand', () => {
  test.each([
    ['its URL', { url: 'https://other.example/charts' }, 'its spec.url is https://other.example/charts in the cluster'],
    ['its Secret', { certSecretRef: { name: 'other' } }, 'its spec.certSecretRef.name is other in the cluster'],
  ])('counts for nothing, whatever Flux has read through it: %s', async (_, spec, says) => {
    expect(await run('issue')).toMatchObject({ code: 0 });
    const patch = ['patch', 'helmrepository', 'system', '-n', 'eggtooth-system', '--type=merge', '-p'];
    const { kubectl } = stage.cluster;
    const before = JSON.parse(
      await kubectl(['get', 'helmrepository', 'system', '-n', 'eggtooth-system', '-o', 'json']),
    );
    await kubectl([...patch, JSON.stringify({ spec })]);
    const cluster = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
    try {
      const waited = waitForRepositories(cluster, readBundle(stage.bundle), { timeout: 1000 });
      await expect(waited).rejects.toMatchObject({
        code: 'ERR_EGGTOOTH_NOT_READY',
        object: { kind: 'HelmRepository', name: 'system' },
        problem: expect.stringContaining(says),
      });
      const renew = await run('renew', '--force', '--timeout', '10s');

      expect(renew.code).toBe(1);
      const { checks } = onlyItem<RenewResult>('renew', renew);
      const flux = checks.filter((check) => check.check === 'flux' && check.repository.name === 'system');
      expect(flux).toEqual([expect.objectContaining({ ok: false, detail: expect.stringContaining(says) })]);
    } finally {
      cluster.close();
      await kubectl([...patch, JSON.stringify({ spec: before.spec })]);
    }
  });
});
