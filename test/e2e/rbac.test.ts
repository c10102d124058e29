import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import type { ClusterRoleManifest, RoleManifest } from '../../src/kubernetes/k8s';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { commandRights, type RightsCommand } from '../../src/signing/command-rights';
import { parseOutput } from '../support/outputs';
import type { SeenCall } from './support/api-proxy';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, type Run } from './support/eggtooth';
import {
  forget,
  NAMESPACES,
  type ProxiedStage,
  redirect,
  requestNames,
  startProxiedStage,
} from './support/proxied-stage';

type Roles = readonly (ClusterRoleManifest | RoleManifest)[];

let stage: ProxiedStage;
let bundle: string;
beforeAll(async () => {
  stage = await startProxiedStage();
  const { cluster } = stage;
  // Another address than the kubeconfig's, so that the CA comes from the ConfigMap.
  const objects = bundleObjects({ url: cluster.secondUrl ?? cluster.url });
  bundle = writeBundle(join(cluster.dir, 'second.yaml'), objects);
  await cluster.apply(bundle);
  // A right that Kubernetes does not give to everybody: whether everybody has it is asked.
  await cluster.apply(rolesFor('everybody', [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]));
  // No Flux runs, and nothing waits for what is suspended.
  for (const { kind, metadata } of objects) {
    if (kind !== 'HelmRepository') continue;
    const { name = '', namespace = '' } = metadata;
    await cluster.kubectl(['patch', kind, name, '-n', namespace, '--type=merge', '-p', '{"spec":{"suspend":true}}']);
  }
});
afterAll(() => stage?.stop());
beforeEach(async () => {
  await forget(stage);
  stage.proxy.reset();
});

function rolesFor(name: string, rules: readonly object[]) {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const [apiGroup, kind] = ['rbac.authorization.k8s.io', 'ClusterRole'];
  const subjects = [{ apiGroup, kind: 'Group', name: 'system:authenticated' }];
  return [
    { apiVersion, kind, metadata: { name }, rules },
    { apiVersion, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup, kind, name }, subjects },
  ];
}

/** Somebody with the printed permissions for a command, and nothing else. */
async function somebodyFor(command: RightsCommand) {
  const user = `does-${command}`;
  const roles: Roles = parseOutput<{ items: Roles }>(
    'rbac',
    await eggtooth(['rbac', command, bundle, '-o', 'json']),
  ).items;
  expect(roles).toEqual(commandRights(command, Chain.fromObjects(readBundle(bundle))));
  const apiGroup = 'rbac.authorization.k8s.io';
  const bindings = roles.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup, kind, name: metadata.name },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  }));
  await stage.cluster.apply([...roles, ...bindings]);
  const kubeconfig = redirect(await stage.cluster.kubeconfigFor({ user }), stage.proxy);
  const run = (...args: readonly string[]) =>
    eggtooth([command, bundle, ...args, '--kubeconfig', kubeconfig, '-o', 'json']);
  return { user, roles, run };
}

/** Every single permission of some roles. */
function permissionsOf(roles: Roles): ReadonlySet<string> {
  return new Set(
    roles.flatMap(({ metadata: { namespace = '' }, rules = [] }) =>
      rules.flatMap(({ resources = [], resourceNames = [''], verbs }) =>
        verbs.flatMap((verb) =>
          resources.flatMap((resource) => resourceNames.map((name) => print(verb, resource, namespace, name))),
        ),
      ),
    ),
  );
}

function print(verb: string, resource: string, namespace: string, name: string): string {
  // The names of requests are generated, and no rule has them.
  const isNamed = !resource.startsWith('certificatesigningrequests') && name !== '';
  return [verb, resource, namespace, ...(isNamed ? [name] : [])].filter((part) => part !== '').join(' ');
}

/** The permissions that a call needs. */
function neededFor({ method, path, status }: SeenCall): readonly string[] {
  const match =
    /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path);
  if (match === null) return [];
  const [, namespace = '', plural = '', name = '', subresource] = match;
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const verbs = { GET: name === '' ? 'list' : 'get', POST: 'create', PATCH: 'patch', DELETE: 'delete' } as const;
  const verb = verbs[method as keyof typeof verbs];
  // Every authenticated user may review itself.
  if (resource.startsWith('selfsubject')) return [];
  const needed = [print(verb, resource, namespace, verb === 'create' ? '' : name)];
  if (method === 'PATCH' && status === 201) needed.push(print('create', resource, namespace, name));
  if (resource.endsWith('/approval'))
    needed.push(print('approve', 'signers', '', 'kubernetes.io/kube-apiserver-client'));
  if (resource === 'rolebindings' && verb === 'patch') needed.push(print('bind', 'roles', namespace, name));
  return needed;
}

/** Expects that everything a user did was allowed, and that each of its permissions was needed. */
function expectExact(user: string, roles: Roles): void {
  const calls = stage.proxy.calls.filter((call) => call.user === user);
  expect(calls.filter(({ status }) => status === 403).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  expect([...new Set(calls.flatMap(neededFor))].sort()).toEqual([...permissionsOf(roles)].sort());
}

/** Breaks the Secret of one namespace, so that a certificate is due. */
async function spoil(): Promise<void> {
  const patch = JSON.stringify({ data: { 'tls.key': '' } });
  await stage.cluster.kubectl(['patch', 'secret', 'assets-tls', '-n', 'eggtooth-shop', '--type=merge', '-p', patch]);
}

const ok = { code: 0 } satisfies Partial<Run>;

describe('the permissions that rbac prints are those that the command uses, no more and no less', () => {
  test('issue', async () => {
    const { user, roles, run } = await somebodyFor('issue');

    expect(await run()).toMatchObject(ok);
    await spoil();
    expect(await run()).toMatchObject(ok);

    expectExact(user, roles);
  });

  test('renew', async () => {
    const { user, roles, run } = await somebodyFor('renew');

    expect(await run()).toMatchObject(ok);
    expect(await run('--force')).toMatchObject(ok);

    expectExact(user, roles);
  });

  test('request, approve and collect', async () => {
    const [requester, approver, collector] = [
      await somebodyFor('request'),
      await somebodyFor('approve'),
      await somebodyFor('collect'),
    ];
    const issuer = await somebodyFor('issue');
    for (const round of ['first', 'second']) {
      // The request of issue is deleted once its certificate is replaced.
      if (round === 'second') {
        await spoil();
        expect(await issuer.run()).toMatchObject(ok);
      }
      const keyFile = join(mkdtempSync(join(stage.cluster.dir, `${round}-`)), 'tls.key');
      const requested = await requester.run('--key-out', keyFile);
      const { name, sha256 } = parseOutput<{ name: string; sha256: string }>('request', requested);
      expect(await approver.run(name, '--expect', sha256)).toMatchObject(ok);
      expect(await collector.run('--key', keyFile)).toMatchObject(ok);
    }
    expect(await requestNames(stage)).toHaveLength(2);

    for (const { user, roles } of [requester, approver, collector]) expectExact(user, roles);
  });

  test('status', async () => {
    expect(await (await somebodyFor('issue')).run()).toMatchObject(ok);
    const { user, roles, run } = await somebodyFor('status');

    expect(await run()).toMatchObject(ok);

    expectExact(user, roles);
  });

  test('revoke', async () => {
    const issuer = await somebodyFor('issue');
    const { user, roles, run } = await somebodyFor('revoke');
    expect(await issuer.run()).toMatchObject(ok);
    await stage.cluster.kubectl(['delete', 'rolebinding', 'assets-reader', '-n', 'eggtooth-system']);
    for (const namespace of NAMESPACES)
      await stage.cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', namespace]);

    expect(await run('--grace', '0s')).toMatchObject(ok);

    expectExact(user, roles);
  });
});
