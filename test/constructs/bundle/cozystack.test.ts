import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonPatch } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { synthExample } from '../../support/example';
import { find, goldenEndpoint, goldenObjects, labelOf } from '../../support/golden';
import { labeled } from '../../support/labeled';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'eggtooth-cozystack-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The objects of the example, synthesized into a folder of this name. */
async function bundleOf(name: string, apiServerUrl?: string): Promise<readonly KubeObject[]> {
  const folder = join(scratch, name);
  await synthExample('cozystack', folder, apiServerUrl);
  return readBundle(folder);
}

/** What Cozystack's server lacked: it ran as root, with a token of its service account, and could be evicted at any time. */
function restricted(statefulSet: KubeObject): KubeObject {
  const pod = '/spec/template/spec';
  return JsonPatch.apply(
    statefulSet,
    JsonPatch.add(`${pod}/automountServiceAccountToken`, false),
    JsonPatch.add(`${pod}/priorityClassName`, 'system-cluster-critical'),
    JsonPatch.add(`${pod}/containers/0/resources`, { requests: { cpu: '10m', memory: '32Mi' } }),
    JsonPatch.add(`${pod}/containers/0/securityContext`, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    }),
  );
}

describe("Cozystack's bundle", () => {
  let objects: readonly KubeObject[];
  beforeAll(async () => {
    objects = await bundleOf('golden');
  });

  test.each(
    labeled(goldenObjects(), 'cozy-system.cozystack-assets').map((golden) => ({ label: labelOf(golden), golden })),
  )(
    'has $label with exactly the fields of Cozystack, the name of the bundle, and the restrictions of an assets pod',
    ({ label, golden }) => {
      expect(find(objects, label)).toEqual(golden.kind === 'StatefulSet' ? restricted(golden) : golden);
    },
  );

  test('has these objects in this order and no others', () => {
    const flux = ['Namespace cozy-fluxcd', 'ServiceAccount flux', 'ClusterRoleBinding flux', 'ClusterRole flux-view'];
    expect(objects.map(labelOf)).toEqual([
      ...fluxCrds('2.7.3').map(labelOf),
      ...[...flux, 'ResourceQuota flux', 'Deployment flux'],
      ...goldenObjects().map(labelOf),
    ]);
  });

  test("changes only in its URLs and in Flux's environment with the address of the API server", async () => {
    const elsewhere = await bundleOf('elsewhere', 'https://[fd00::1]:6443');

    const moved = JSON.stringify(objects)
      .replaceAll(goldenEndpoint, 'https://[fd00::1]:6443')
      .replaceAll('"KUBERNETES_SERVICE_HOST","value":"localhost"', '"KUBERNETES_SERVICE_HOST","value":"fd00::1"')
      .replaceAll('"KUBERNETES_SERVICE_PORT","value":"7445"', '"KUBERNETES_SERVICE_PORT","value":"6443"')
      .replaceAll('.svc,localhost', '.svc,fd00::1');
    expect(elsewhere).toEqual(JSON.parse(moved));
  });
});
