import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Duration, JsonPatch } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, FluxAio } from '../../src';
import { Chain } from '../../src/chain/chain';
import { check } from '../../src/chain/rules/check';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { isCrd, isNamespace } from '../../src/kubernetes/kinds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { type ControlPlane, eventually, startControlPlane } from '../../tools/control-plane';
import { goldenObjects } from '../support/golden';
import { synth } from '../support/synth';
import { bundleObjects } from './support/bundle';
import { conformityOf } from './support/conformity';
import { exampleObjects } from './support/example';
import { writeSchemas } from './support/json-schemas';

let cluster: ControlPlane;
let schemas: string;

beforeAll(async () => {
  cluster = await startControlPlane();
  schemas = mkdtempSync(join(cluster.dir, 'schemas-'));
  await establish(fluxCrds(newestFlux));
});
afterAll(() => cluster?.stop());

/** One document for each object: kubectl validates a List itself instead of leaving it to the API server. */
function apply(objects: readonly KubeObject[], ...flags: string[]): Promise<string> {
  const strict = ['apply', '--server-side', '--force-conflicts', '--validate=strict', '-o', 'name'];
  return cluster.kubectl([...strict, ...flags, '-f', '-'], documents(objects));
}

function documents(objects: readonly KubeObject[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}

async function establish(crds: readonly KubeObject[]): Promise<void> {
  await apply(crds);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
}

/** Waits for the schemas, which the API server publishes some time after a CRD is established. */
function writeSchemasOf(objects: readonly KubeObject[]): Promise<unknown> {
  const versions = [...new Set(objects.map(({ apiVersion }) => apiVersion))];
  return Promise.all(
    versions.map((version) =>
      eventually(async () => {
        const kinds = await writeSchemas(cluster, version, schemas);
        return objects.every(({ apiVersion, kind }) => apiVersion !== version || kinds.includes(kind));
      }),
    ),
  );
}

const examples = readdirSync('examples').filter((name) => existsSync(join('examples', name, 'main.ts')));
const bundles: readonly { name: string; make: () => readonly KubeObject[] }[] = [
  ...examples.map((name) => ({ name: `the example ${name}`, make: () => exampleObjects(name, cluster) })),
  { name: 'a Flux with every option', make: () => fluxWithEveryOption(ApiServer.fromUrl(cluster.url)) },
  { name: 'a bundle with a renewal', make: () => bundleWithRenewal(cluster) },
];

function bundleWithRenewal({ url, ca }: ControlPlane): readonly KubeObject[] {
  const renewal = { image: 'registry.example/eggtooth:1', duration: Duration.days(1) };
  return bundleObjects({ url, certificateAuthority: ca, renewal });
}

function fluxWithEveryOption(apiServer: ApiServer): KubeObject[] {
  const resources = { limits: { memory: '2Gi', cpu: '2' } };
  return synth((chart) => {
    new FluxAio(chart, 'flux', {
      apiServer,
      namespace: 'flux',
      name: 'flux-of-all',
      version: '2.9.5',
      controllers: ['source-controller', 'helm-controller'],
      options: { 'helm-controller': { concurrency: 1, resources, extraArgs: ['--log-level=debug'] } },
      digests: true,
      securityProfile: 'restricted',
      logLevel: 'trace',
      proxy: { https: 'http://proxy.example:3128', http: 'http://proxy.example:3128', exceptions: ['10.0.0.0/8'] },
      persistence: { size: '1Gi', storageClassName: 'fast' },
      dnsPolicy: 'Default',
      env: [{ name: 'ANY', value: 'thing' }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      tolerations: [{ operator: 'Exists' }],
    });
  });
}

describe.each(bundles)('$name', ({ make }) => {
  let objects: readonly KubeObject[];

  beforeAll(async () => {
    objects = make();
    const [crds, namespaces] = [objects.filter(isCrd), objects.filter(isNamespace)];
    if (crds.length > 0) await establish(crds);
    if (namespaces.length > 0) await apply(namespaces);
    await writeSchemasOf(objects);
  });
  // Another example can have an object of the same name with other values in immutable fields.
  afterAll(async () => {
    const own = objects.filter((object) => !isCrd(object) && !isNamespace(object));
    await cluster.kubectl(['delete', '--ignore-not-found', '--timeout=60s', '-f', '-'], documents(own));
  });

  test('breaks no rule, not even one of severity warning', () => {
    expect(check(Chain.fromObjects(objects))).toEqual([]);
  });

  test('passes a dry run of the API server with strict field validation, object by object', async () => {
    const names = await apply(objects, '--dry-run=server');

    expect(names.trim().split('\n')).toHaveLength(objects.length);
  });

  test("passes kubeconform with the API server's schema of every kind", async () => {
    const resources = await conformityOf(objects, schemas);

    expect(resources.filter(({ status }) => status !== 'statusValid')).toEqual([]);
    expect(resources).toHaveLength(objects.length);
  });

  test('changes nothing when it is applied again', async () => {
    await apply(objects);
    const first = await eventually(async () => {
      const before = await read(objects);
      await sleep(1_000);
      expect(await read(objects)).toEqual(before);
      return before;
    });

    await apply(objects);
    const second = await read(objects);
    await apply(objects);

    expect(first).toHaveLength(objects.length);
    expect(second.map(withoutVersion)).toEqual(first.map(withoutVersion));
    expect(second.filter(isStoredAsShown)).toEqual(first.filter(isStoredAsShown));
    expect(await read(objects)).toEqual(second);
  });
});

/** The objects as they are on the cluster, including their managed fields. */
async function read(objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const json = await cluster.kubectl(['get', '-o', 'json', '--show-managed-fields', '-f', '-'], documents(objects));
  return objects.length === 1 ? [JSON.parse(json)] : JSON.parse(json).items;
}

function withoutVersion({ metadata, ...object }: KubeObject): object {
  // The second write of a policy's status changes the order and the times of its managed fields.
  const order = object.kind === 'ValidatingAdmissionPolicy' && { managedFields: [] };
  return { ...object, metadata: { ...metadata, ...order, resourceVersion: '' } };
}

/**
 * The API server adds defaults to some kinds when it reads them, and stores them with the next write: Flux's CRDs have a
 * default for status, and PersistentVolumeClaims have defaults too.
 */
function isStoredAsShown({ apiVersion, kind }: KubeObject): boolean {
  return !apiVersion.includes('.fluxcd.io/') && !['PersistentVolumeClaim', 'ValidatingAdmissionPolicy'].includes(kind);
}

describe('the API server and kubeconform both report', () => {
  beforeAll(async () => {
    await apply(goldenObjects().filter(isNamespace));
    await writeSchemasOf([...goldenObjects(), ...fluxCrds(newestFlux)]);
  });

  const container = '/spec/template/spec/containers/0';
  const crd = fluxCrds(newestFlux).slice(0, 1);
  test.each([
    {
      what: 'a field of a StatefulSet that does not exist',
      label: 'StatefulSet',
      at: `${container}/imagePolicy`,
      value: 'Never',
    },
    {
      what: 'a field of a StatefulSet of another type',
      label: 'StatefulSet',
      at: `${container}/args`,
      value: '-dir=/',
    },
    { what: 'a field of a Role that does not exist', label: 'Role', at: '/rules/0/resourceName', value: ['any'] },
    {
      what: 'a field of a HelmRepository that does not exist',
      label: 'HelmRepository',
      at: '/spec/certSecret',
      value: {},
    },
    { what: 'a field of a HelmRepository of another type', label: 'HelmRepository', at: '/spec/interval', value: 5 },
    {
      what: 'a field of a CRD that does not exist',
      label: 'CustomResourceDefinition',
      at: '/spec/scoped',
      value: true,
    },
    {
      what: 'a field of a CRD of another type',
      label: 'CustomResourceDefinition',
      at: '/spec/versions/0/served',
      value: 'yes',
    },
  ])('$what', async ({ label, at, value }) => {
    const sound = [...goldenObjects(), ...crd].find(({ kind }) => kind === label) as KubeObject;
    const broken: KubeObject = JsonPatch.apply(structuredClone(sound), JsonPatch.add(at, value));

    expect(await conformityOf([sound], schemas)).toMatchObject([{ status: 'statusValid' }]);
    expect(await conformityOf([broken], schemas)).toMatchObject([{ status: 'statusInvalid' }]);
    await expect(apply([sound], '--dry-run=server')).resolves.toContain(sound.metadata.name);
    await expect(apply([broken], '--dry-run=server')).rejects.toThrow(at.slice(at.lastIndexOf('/') + 1));
  });

  test('a kind that the API server does not have', async () => {
    const unknown: KubeObject = { apiVersion: 'example.org/v1', kind: 'Egg', metadata: { name: 'egg' } };

    expect(await conformityOf([unknown], schemas)).toMatchObject([{ status: 'statusError' }]);
    await expect(apply([unknown], '--dry-run=server')).rejects.toThrow('no matches for kind "Egg"');
  });
});
