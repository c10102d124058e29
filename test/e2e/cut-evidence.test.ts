import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { parseProxyUrl } from '../../src/chain/proxy-url';
import type { Cluster } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { issue } from '../../src/signing/issue';
import { type HeldCertificate, heldCertificate } from '../../src/signing/secret/held-certificate';
import { type Check, printCheck } from '../../src/signing/verify/check';
import { verifyCertificateCut } from '../../src/signing/verify/verify-revoked';
import { type ControlPlane, runPod, startControlPlane } from '../../tools/control-plane';
import { answeringEndpoint } from './support/answering-endpoint';
import { bundleObjects, writeBundle } from './support/bundle';
import { servedCharts } from './support/stage';

/** A reader with a certificate, which loses its RoleBinding in the course of the tests. */
let plane: ControlPlane;
let cluster: Cluster;
let chain: Chain;
let held: HeldCertificate;
beforeAll(async () => {
  plane = await startControlPlane();
  const bundle = writeBundle(
    join(plane.dir, 'bundle.yaml'),
    bundleObjects({ url: plane.url }).filter(({ kind }) => kind !== 'HelmRepository'),
  );
  await plane.apply(bundle);
  const folder = await servedCharts(plane.dir);
  await runPod(plane, { namespace: 'eggtooth-system', name: 'assets-0', port: 8123, folder });
  cluster = await clusterFromKubeconfig({ kubeconfig: plane.kubeconfig });
  chain = Chain.fromObjects(bundleObjects({ url: plane.url }));
  await issue(cluster, chain);
  const reference = { apiVersion: 'v1', kind: 'Secret', namespace: 'eggtooth-system', name: 'assets-tls' };
  const secret = await new ClusterObjects(cluster).get(reference);
  const found = secret && heldCertificate(secret);
  if (found === undefined) throw new Error('the Secret holds no certificate');
  held = found;
});
afterAll(async () => {
  cluster?.close();
  await plane?.stop();
});

/** Whether the certificate is cut off, tried at an address. */
async function tryAt(url: string, ca = held.ca): Promise<Check> {
  const [repository] = chain.credentials[0]?.repositories ?? [];
  if (repository === undefined) throw new Error('the chain has no repository');
  const target = parseProxyUrl(repository.url.replace(plane.url, url));
  return verifyCertificateCut(cluster, { ...held, ca }, { object: repository.object, target }, 5000);
}

const LOCAL = 'https://localhost:7445';

// Each waits as long as the API server may take to notice a change.
describe.concurrent('before a reader is cut off', () => {
  test.each([
    ['at the endpoint', () => plane.url],
    ['at the server of the kubeconfig, for an endpoint that cannot be reached', () => LOCAL],
  ])('its certificate still reads: %s', async (_, url) => {
    expect(await tryAt(url())).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`${plane.url}/api/v1/namespaces/eggtooth-system/pods/`),
    });
  });

  test.each([
    [403, 'forbids it (403)'],
    [401, `401, which says nothing: `],
  ])('a refusal with %i by something in between does not count', async (status, detail) => {
    const { url, ca } = await answeringEndpoint(plane, { status });

    const check = await tryAt(url, ca);

    expect(check).toMatchObject({ ok: false, detail: expect.stringContaining(detail) });
    expect(printCheck(check)).toBe('revoked: old certificate at index eggtooth-system/system');
  });
});

describe('after a reader was cut off', () => {
  test.each([
    ['at the endpoint', () => plane.url],
    ['at the server of the kubeconfig, for an endpoint that cannot be reached', () => LOCAL],
  ])('its certificate is refused, and the API server knows the user: %s', async (_, url) => {
    await plane.kubectl(['delete', 'rolebinding', '-n', 'eggtooth-system', '--all']);

    expect(await tryAt(url())).toMatchObject({ ok: true, detail: '403' });
  });

  test('a certificate that no API server accepts any longer is cut off too', async () => {
    await plane.replaceClientCa();
    cluster.close();
    cluster = await clusterFromKubeconfig({ kubeconfig: plane.kubeconfig });

    expect(await tryAt(plane.url)).toMatchObject({ ok: true, detail: '401' });
  });
});
