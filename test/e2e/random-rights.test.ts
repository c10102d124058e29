import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { printFinding } from '../../src/chain/finding';
import { check } from '../../src/chain/rules/check';
import type { Cluster } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { isBinding, isRole } from '../../src/kubernetes/kinds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import type { ResourceRight } from '../../src/rights/role-rule';
import { mapBounded } from '../../src/signing/bounded';
import { type ControlPlane, eventually, startControlPlane } from '../../tools/control-plane';
import { type RandomBundle, randomBundle, rightsIn } from './support/random-rights';

/** Each bundle has names of its own, so that all of them are in one cluster. */
const COUNT = 1000;
const seed = Number(process.env.SEED ?? 1);
/** How many rights of others each bundle's reader is asked about, in each namespace. */
const ASKED = 20;
const CONCURRENCY = 16;

let plane: ControlPlane;
let cluster: Cluster;

beforeAll(async () => {
  plane = await startControlPlane();
  cluster = await clusterFromKubeconfig({ kubeconfig: plane.kubeconfig });
});
afterAll(async () => {
  cluster?.close();
  await plane?.stop();
});

async function isAllowed(user: string, namespace: string, right: ResourceRight): Promise<boolean> {
  const { verb, group, name } = right;
  const [resource, subresource] = right.resource.split('/');
  const review = await cluster.call({
    purpose: 'ask',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user,
        groups: ['system:authenticated'],
        resourceAttributes: { namespace, verb, group, resource, subresource, name },
      },
    },
  });
  const { status } = review as { status: { allowed: boolean } };
  return status.allowed;
}

async function apply(objects: readonly KubeObject[]): Promise<void> {
  const client = new ClusterObjects(cluster);
  const settled = await mapBounded(objects, CONCURRENCY, (object) => client.apply(object));
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
}

/** Waits until the API server has seen all roles and bindings that were applied before: it reads each kind in order. */
async function settle(): Promise<void> {
  const [apiVersion, apiGroup] = ['rbac.authorization.k8s.io/v1', 'rbac.authorization.k8s.io'];
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  await apply(
    ['', 'Cluster'].flatMap((scope): KubeObject[] => {
      const metadata = { name: 'last', ...(scope === '' && { namespace: 'default' }) };
      const roleRef = { apiGroup, kind: `${scope}Role`, name: 'last' };
      const subjects = [{ apiGroup, kind: 'User', name: `last${scope}` }];
      return [
        { apiVersion, kind: `${scope}Role`, metadata, rules },
        { apiVersion, kind: `${scope}RoleBinding`, metadata, roleRef, subjects },
      ];
    }),
  );
  const right = { verb: 'get', group: '', resource: 'configmaps', name: 'any' };
  for (const user of ['last', 'lastCluster']) {
    await eventually(async () => expect(await isAllowed(user, 'default', right)).toBe(true));
  }
}

test('what the rules call sound gives a reader its routes and no other right, and what is exact is never refused', async () => {
  const bundles = fc.sample(randomBundle, { numRuns: COUNT, seed }).map((make, index) => make(`r${index}`));
  const judged = bundles.map((bundle) => ({ bundle, findings: check(Chain.fromObjects(bundle.objects)) }));
  const sound = judged.filter(({ findings }) => findings.length === 0).map(({ bundle }) => bundle);
  const exact = judged.filter(({ bundle }) => bundle.isExact);

  for (const { bundle, findings } of exact) {
    expect(findings.map(printFinding), JSON.stringify(bundle.objects)).toEqual([]);
  }
  const namespaces = bundles.flatMap((bundle) => bundle.namespaces);
  await apply(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  await apply(sound.flatMap(({ objects }) => objects.filter((object) => isRole(object) || isBinding(object))));
  await settle();
  const asked = await mapBounded(sound, CONCURRENCY, askAll);

  let [routes, denied] = [0, 0];
  for (const [index, one] of asked.entries()) {
    if (one.status === 'rejected') throw one.reason;
    const { missing, excess } = one.value;
    expect({ missing, excess }, JSON.stringify(sound[index]?.objects)).toEqual({ missing: [], excess: [] });
    routes += one.value.routes;
    denied += one.value.denied;
  }
  console.log(
    `seed ${seed}: ${COUNT} bundles, ${sound.length} sound, of them ${exact.length} exact by construction; ` +
      `the API server allowed ${routes} routes and denied ${denied} other rights`,
  );
  expect(exact.length).toBeGreaterThan(COUNT / 10);
  expect(sound.length).toBeLessThan(COUNT * 0.9);
  expect(denied).toBeGreaterThan(COUNT);
});

async function askAll({ reader, routes, namespaces, objects }: RandomBundle) {
  const isRoute = (namespace: string, { verb, group, resource, name }: ResourceRight) =>
    verb === 'get' &&
    group === '' &&
    routes.some(
      (route) => route.namespace === namespace && `${route.resource}/proxy` === resource && route.segment === name,
    );
  const missing: string[] = [];
  const excess: string[] = [];
  let denied = 0;
  for (const { namespace, resource, segment } of routes) {
    const right = { verb: 'get', group: '', resource: `${resource}/proxy`, name: segment };
    if (!(await isAllowed(reader, namespace, right))) missing.push(`${resource}/proxy ${segment} in ${namespace}`);
  }
  for (const namespace of [...namespaces, 'default']) {
    const others = rightsIn(objects).filter((right) => !isRoute(namespace, right));
    for (const right of others.slice(0, ASKED)) {
      if (await isAllowed(reader, namespace, right)) excess.push(`${JSON.stringify(right)} in ${namespace}`);
      else denied += 1;
    }
  }
  return { missing, excess, routes: routes.length, denied };
}
