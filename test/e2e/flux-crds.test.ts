import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane';
import { crdsVersions } from '../../tools/crds/api-modules';

interface CrdList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly generation: number };
    readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** One API server, to which each release is applied after the previous one, as in an upgrade of Flux. */
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
});
afterAll(() => cluster?.stop());

/** One document for each object: kubectl validates a List itself instead of leaving it to the API server. */
const apply = (crds: readonly KubeObject[]) => {
  const strict = ['--server-side', '--validate=strict', '--field-manager=flux-crds', '-f', '-'];
  return cluster.kubectl(['apply', ...strict], crds.map((crd) => JSON.stringify(crd)).join('\n---\n'));
};

const readCrds = async (): Promise<CrdList['items']> => {
  const { items }: CrdList = JSON.parse(await cluster.kubectl(['get', 'crd', '-o', 'json']));
  return items;
};

describe.each(crdsVersions)('the CRDs of Flux %s', (version) => {
  const names = fluxCrds(version).map(({ metadata }) => metadata.name);

  test('can be applied with strict validation, and are established', async () => {
    await apply(fluxCrds(version));
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);

    const crds = await readCrds();
    expect(crds.map(({ metadata }) => metadata.name)).toEqual(names);
    for (const { metadata, status } of crds) {
      const conditions = Object.fromEntries(status.conditions.map((one) => [one.type, one.status]));
      expect(conditions, metadata.name).toMatchObject({ NamesAccepted: 'True', Established: 'True' });
      expect(conditions, metadata.name).not.toHaveProperty('NonStructuralSchema');
    }
  });

  test('change nothing when they are applied again', async () => {
    const versionsOf = (crds: CrdList['items']) =>
      crds.map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    const before = versionsOf(await readCrds());

    await apply(fluxCrds(version));

    expect(before).toHaveLength(names.length);
    expect(versionsOf(await readCrds())).toEqual(before);
  });
});

describe('strict validation', () => {
  test('rejects a CRD with an unknown field', async () => {
    const crds = fluxCrds('2.9.5').map((crd) => ({ ...crd, spec: { ...Object(crd.spec), extra: true } }));

    await expect(apply(crds)).rejects.toThrow('.spec.extra: field not declared in schema');
  });
});
