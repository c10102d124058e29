import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AssetsServer, AssetsSidecar, FluxAio } from '../../src';
import { fieldAt, listAt, stringAt } from '../../src/kubernetes/fields';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { type ControlPlane, eventually, startControlPlane } from '../../tools/control-plane';
import { synth } from '../support/synth';

const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount';
const IMAGE = 'registry.example/assets:1';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  for (const namespace of ['platform', 'flux-system']) await plane.kubectl(['create', 'namespace', namespace]);
});
afterAll(() => plane?.stop());

/** Applies objects, and returns the first pod that a controller creates for them. */
async function podOf(namespace: string, objects: readonly KubeObject[]): Promise<unknown> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await plane.kubectl(['apply', '--server-side', '-f', '-'], list);
  let pod: unknown;
  await eventually(async () => {
    const found = JSON.parse(await plane.kubectl(['get', 'pods', '-n', namespace, '-o', 'json']));
    pod = found.items[0];
    if (pod === undefined) throw new Error('no pod yet');
  });
  return pod;
}

const mounts = (container: unknown) => listAt(container, 'volumeMounts').map((mount) => stringAt(mount, 'mountPath'));

test('the pod of an AssetsServer gets no token of a service account, and its priority', async () => {
  const pod = await podOf(
    'platform',
    synth((chart) => new AssetsServer(chart, 'server', { namespace: 'platform', image: IMAGE, port: 8123 })),
  );

  expect(listAt(pod, 'spec', 'volumes')).toEqual([]);
  expect(listAt(pod, 'spec', 'containers').flatMap(mounts)).toEqual([]);
  expect(fieldAt(pod, 'spec', 'priority')).toBe(2_000_000_000);
});

test('a sidecar does not get the token of Flux, which the controllers beside it get', async () => {
  const pod = await podOf(
    'flux-system',
    synth((chart) => {
      const flux = new FluxAio(chart, 'flux', { controllers: ['source-controller', 'helm-controller'] });
      new AssetsSidecar(chart, 'assets', { flux, image: IMAGE, port: 8123 });
    }),
  );

  const tokens = listAt(pod, 'spec', 'containers').map((container) => {
    const mount = listAt(container, 'volumeMounts').find((one) => stringAt(one, 'mountPath') === TOKEN);
    return `${stringAt(container, 'name')}: ${stringAt(mount, 'name')?.replace(/-[a-z0-9]{5}$/, '')}`;
  });
  expect(tokens).toEqual([
    'source-controller: kube-api-access',
    'helm-controller: kube-api-access',
    'flux-assets: no-token-8123',
  ]);
});

describe('beside the network of its node, the pod of an AssetsServer', () => {
  const admitted = async (port: number, securityContext?: object) => {
    const [object] = synth(
      (chart) => new AssetsServer(chart, 'server', { namespace: 'strict', image: IMAGE, port, securityContext }),
    );
    const {
      hostNetwork: _,
      containers,
      ...spec
    } = fieldAt(object, 'spec', 'template', 'spec') as {
      hostNetwork: boolean;
      containers: { ports: unknown }[];
    };
    const own = containers.map(({ ports: __, ...container }) => container);
    const metadata = { name: 'assets', namespace: 'strict' };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...spec, containers: own } };
    return plane.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod));
  };
  beforeAll(async () => {
    await plane.kubectl(['create', 'namespace', 'strict']);
    await plane.kubectl(['label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted']);
    await eventually(() => plane.kubectl(['get', 'serviceaccount', 'default', '-n', 'strict']));
  });

  test('meets the Pod Security level restricted', async () => {
    expect(await admitted(8123)).toContain('pod/assets created');
  });

  test.each<readonly [string, number, object | undefined]>([
    ['without its security context', 8123, {}],
    ['without its user', 8123, { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }],
    ['on a port that only root can use', 80, undefined],
  ])('does not meet it %s', async (_, port, securityContext) => {
    await expect(admitted(port, securityContext)).rejects.toThrow('violates PodSecurity');
  });
});
