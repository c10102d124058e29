import { describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import type { ApiCall, Cluster } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import type { Kind, Resource } from '../../src/cluster/discovery';
import { lacksNamespaces, placeChain, placeObjects } from '../../src/cluster/place-objects';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { csr } from '../../src/signing/request/csr';
import { bundleObjects } from '../e2e/support/bundle';

const context = { namespace: 'of-context' };

function object(apiVersion: string, kind: string, namespace?: string): KubeObject {
  return { apiVersion, kind, metadata: { name: 'a', ...(namespace !== undefined && { namespace }) } };
}

/** A cluster that serves kinds of example.org, and what it was asked for. */
function serving(kinds: Readonly<Record<string, boolean>>) {
  const asked: string[] = [];
  const discover = async ({ apiVersion, kind }: Kind): Promise<Resource | undefined> => {
    asked.push(kind);
    const namespaced = kinds[kind];
    return namespaced === undefined ? undefined : { base: `/apis/${apiVersion}`, plural: 'x', namespaced };
  };
  return { asked, discover };
}

const place = async (objects: readonly KubeObject[], kinds: Readonly<Record<string, boolean>> = {}) => {
  const { asked, discover } = serving(kinds);
  const placed = await placeObjects(context, objects, { discover });
  return { asked, namespaces: placed.map(({ metadata }) => metadata.namespace), isSame: placed === objects };
};

describe('an object that states no namespace', () => {
  test.each([
    ['a kind of Kubernetes', object('v1', 'ConfigMap')],
    ['a kind of Flux', object('helm.toolkit.fluxcd.io/v2', 'HelmRelease')],
    ['a kind of another group of Kubernetes', object('apps/v1', 'StatefulSet')],
    ['a Role', object('rbac.authorization.k8s.io/v1', 'Role')],
    ['an empty namespace', object('v1', 'ConfigMap', '')],
  ])('is in the namespace of the context: %s', async (_, one) => {
    expect(await place([one])).toEqual({ asked: [], namespaces: ['of-context'], isSame: false });
  });

  test.each([
    ['a Namespace', object('v1', 'Namespace')],
    ['a ClusterRole', object('rbac.authorization.k8s.io/v1', 'ClusterRole')],
    ['an IngressClass', object('networking.k8s.io/v1', 'IngressClass')],
    ['an object with a namespace', object('v1', 'ConfigMap', 'own')],
  ])('is left as it is: %s', async (_, one) => {
    expect(await place([one])).toEqual({ asked: [], namespaces: [one.metadata.namespace], isSame: true });
  });

  test('of a kind that only the cluster knows is where the API server says', async () => {
    const objects = [
      object('example.org/v1', 'Egg'),
      object('example.org/v1', 'Nest'),
      object('example.org/v1', 'Fox'),
    ];

    expect(await place(objects, { Egg: true, Nest: false })).toEqual({
      asked: ['Egg', 'Nest', 'Fox'],
      namespaces: ['of-context', undefined, undefined],
      isSame: false,
    });
  });

  test.each([
    ['Namespaced', 'of-context'],
    ['Cluster', undefined],
  ])('of a kind that a CRD of the bundle defines as %s needs no question', async (scope, namespace) => {
    const crd = {
      ...object('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
      spec: { group: 'example.org', scope, names: { kind: 'Egg' } },
    };

    expect(await place([crd, object('example.org/v1', 'Egg')])).toMatchObject({
      asked: [],
      namespaces: [undefined, namespace],
    });
  });
});

describe('a bundle without namespaces', () => {
  const [namespace] = ['of-context'];
  const stated = bundleObjects({ url: 'https://example.org:6443', namespaces: [namespace, 'second'] });
  const bare = stated.map(({ metadata, ...rest }) => ({
    ...rest,
    metadata: metadata.namespace === namespace ? { ...metadata, namespace: undefined } : metadata,
  })) as readonly KubeObject[];

  test('has the chain that it has with the namespace of the context', () => {
    expect(lacksNamespaces(bare)).toBe(true);
    const { credentials } = placeChain(context, Chain.fromObjects(bare));

    expect(credentials.map(({ secrets }) => secrets)).toEqual(
      Chain.fromObjects(stated).credentials.map(({ secrets }) => secrets),
    );
  });

  test('is refused where there is no cluster to ask', async () => {
    await expect(csr(Chain.fromObjects(bare))).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_BUNDLE',
      problem: 'states no namespace, and there is no cluster whose context has one',
      fix: 'set metadata.namespace',
    });
    await expect(csr(Chain.fromObjects(stated))).resolves.toMatchObject({
      manifest: { kind: 'CertificateSigningRequest' },
    });
  });
});

test('an object is applied, read and deleted in the namespace of the context', async () => {
  const calls: ApiCall[] = [];
  const cluster: Cluster = {
    server: 'https://example.org:6443',
    ...context,
    call: async (call) => {
      calls.push(call);
      return {};
    },
    close: () => {},
  };
  const objects = new ClusterObjects(cluster);
  const reference = { apiVersion: 'v1', kind: 'Secret', name: 'a' };
  await objects.get(reference);
  await objects.apply(object('v1', 'Secret'));
  await objects.delete({ ...reference, namespace: '' });

  expect(new Set(calls.map(({ path }) => path))).toEqual(new Set(['/api/v1/namespaces/of-context/secrets/a']));
});
