import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProxyRoute } from '../../../src';
import type { IssueResult } from '../../../src/signing/issue-result';
import { eventually, readiness, startFlux } from '../../../tools/control-plane';
import { eggtooth, onlyItem } from '../support/eggtooth';
import { type Stage, startStage } from '../support/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ route: (server) => server.serviceRoute() });
});
afterAll(() => stage?.stop());

describe('a route through a Service', () => {
  test('is verified by issue and read by Flux without kube-proxy', async () => {
    const { code, stdout } = await eggtooth([
      'issue',
      stage.bundle,
      '--kubeconfig',
      stage.cluster.kubeconfig,
      '-o',
      'json',
    ]);

    expect(code).toBe(0);
    expect(onlyItem<IssueResult>('issue', { stdout }).checks).toContainEqual({
      check: 'index',
      repository: { namespace: 'eggtooth-shop', name: 'apps' },
      ok: true,
      detail: `${stage.cluster.url}/api/v1/namespaces/eggtooth-system/services/assets:http/proxy/repos/apps/index.yaml`,
    });
    await startFlux(stage.cluster);
    await eventually(async () => (await readiness(stage.cluster, 'helmrepository', 'eggtooth-shop', 'apps')).ready);
  });
});

describe('a Role', () => {
  test.each([
    ['pod', ProxyRoute.pod({ namespace: 'eggtooth-system', name: 'assets-0' })],
    ['pod and port', ProxyRoute.pod({ namespace: 'eggtooth-system', name: 'assets-0', port: 8123 })],
    ['scheme and pod', ProxyRoute.pod({ namespace: 'eggtooth-system', name: 'assets-0', scheme: 'http' })],
    [
      'scheme, pod and port',
      ProxyRoute.pod({ namespace: 'eggtooth-system', name: 'assets-0', port: 8123, scheme: 'http' }),
    ],
    ["Service and port's name", ProxyRoute.service({ namespace: 'eggtooth-system', name: 'assets', port: 'http' })],
    ['Service and port', ProxyRoute.service({ namespace: 'eggtooth-system', name: 'assets', port: 80 })],
    [
      'scheme, Service and port',
      ProxyRoute.service({ namespace: 'eggtooth-system', name: 'assets', port: 'http', scheme: 'http' }),
    ],
  ])('allows its reader a route written as %s, and no other', async (_, route) => {
    const name = `reader-${route.segment.replaceAll(':', '-').replace(/-$/, '')}-${route.resource}`;
    const metadata = { name, namespace: route.namespace };
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata };
    const kubeconfig = await stage.cluster.kubeconfigFor({ user: name });
    const get = (path: string) => stage.cluster.kubectl(['--kubeconfig', kubeconfig, 'get', '--raw', path]);
    await stage.cluster.apply([
      { ...rbac, kind: 'Role', rules: [route.policyRule] },
      {
        ...rbac,
        kind: 'RoleBinding',
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
      },
    ]);

    const index = await eventually(() => get(route.path('/repos/system/index.yaml')));
    expect(index).toContain('network-0.1.0.tgz');
    const other = route.toString().replace(route.segment, `${route.name}:1`);
    await expect(get(`${other}/repos/system/index.yaml`)).rejects.toThrow('is forbidden');
  });
});
