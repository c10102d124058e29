import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  approveRequest,
  Chain,
  type Cluster,
  checkCertificate,
  clusterFromKubeconfig,
  csr,
  type IssuedCertificate,
  issue,
  printCheck,
  readBundle,
  requestReconcile,
  status,
  submitRequest,
  verify,
  waitForCertificate,
  writeSecrets,
} from '../../../src/signing';
import { NAMESPACES } from '../support/proxied-stage';
import { type Stage, startStage } from '../support/stage';

let stage: Stage;
let cluster: Cluster;
let chain: Chain;
beforeAll(async () => {
  stage = await startStage();
  cluster = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
  chain = Chain.fromObjects(readBundle(stage.bundle));
});
afterAll(async () => {
  cluster?.close();
  await stage?.stop();
});
beforeEach(async () => {
  for (const namespace of NAMESPACES) {
    await stage.cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', namespace, '--ignore-not-found']);
  }
});

function readerOf({ credentials }: Chain) {
  const [credential] = credentials;
  if (credential === undefined) throw new Error('the chain has no reader');
  return credential;
}

/** A certificate for the reader of the chain, by the public steps. */
async function obtain(): Promise<IssuedCertificate> {
  const { user } = readerOf(chain);
  const duration = 3600;
  const { manifest, privateKey } = await csr(chain, { user, duration });
  const submitted = await submitRequest(cluster, manifest);
  await approveRequest(cluster, submitted, { users: [user], duration });
  const pem = await waitForCertificate(cluster, submitted, { timeout: 10_000 });
  const certificate = checkCertificate(pem, { user, privateKey: privateKey.toKeyObject(), duration });
  return { certificate, algorithm: 'P-256', privateKey, csr: { name: submitted.name, uid: submitted.uid } };
}

const secretIn = async (namespace: string) =>
  JSON.parse(await stage.cluster.kubectl(['get', 'secret', 'assets-tls', '-n', namespace, '-o', 'json']));

/** What is verified before the Secrets are written. */
const allChecks = () => [
  [`identity at ${stage.cluster.url}`, true],
  ['index eggtooth-system/system', true],
  ['index eggtooth-shop/apps', true],
  ['refused: secrets', true],
  ['refused: other pods', true],
  [`rights at ${stage.cluster.url}`, true],
];

describe('verify', () => {
  test('uses a certificate that no Secret holds', async () => {
    const checks = await verify(cluster, readerOf(chain), await obtain());

    expect(checks.map((check) => [printCheck(check), check.ok])).toEqual(allChecks());
    await expect(secretIn('eggtooth-system')).rejects.toThrow('not found');
  });

  test('throws ERR_EGGTOOTH_CERTIFICATE if the certificate is for another user than the credential', async () => {
    const credential = { ...readerOf(chain), user: 'somebody-else' };

    await expect(verify(cluster, credential, await obtain())).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_CERTIFICATE',
      problem: expect.stringContaining('identifies the holder of the certificate of somebody-else as assets-reader'),
    });
  });
});

describe('writeSecrets', () => {
  test('writes a certificate with its key and the CA into every Secret, which issue and status accept', async () => {
    const issued = await obtain();
    const credential = readerOf(chain);

    const checks = await writeSecrets(cluster, credential, issued);
    for (const { object } of credential.repositories) await requestReconcile(cluster, object);

    expect(checks.map((check) => [printCheck(check), check.ok])).toEqual(allChecks());
    const { fingerprint } = issued.certificate;
    for (const namespace of NAMESPACES) {
      const { data, metadata } = await secretIn(namespace);
      expect(Buffer.from(data['tls.key'], 'base64').toString()).toBe(issued.privateKey.revealPem());
      expect(metadata.annotations).toMatchObject({
        'eggtooth.dev/fingerprint': fingerprint,
        'eggtooth.dev/issue-count': '1',
      });
    }
    expect(await issue(cluster, chain)).toMatchObject([{ fingerprint, unchanged: true }]);
    expect(await status(cluster, chain)).toMatchObject([{ same: true, problems: [] }]);
  });

  test('increments the issue count for another certificate only', async () => {
    const [first, second] = [await obtain(), await obtain()];
    for (const issued of [first, first, second]) await writeSecrets(cluster, readerOf(chain), issued);

    expect((await secretIn('eggtooth-shop')).metadata.annotations).toMatchObject({
      'eggtooth.dev/fingerprint': second.certificate.fingerprint,
      'eggtooth.dev/issue-count': '2',
    });
  });

  test('writes nothing if the API server does not identify the holder of the certificate as the user', async () => {
    const credential = { ...readerOf(chain), user: 'somebody-else', name: 'somebody-else' };

    await expect(writeSecrets(cluster, credential, await obtain())).rejects.toMatchObject({
      code: 'ERR_EGGTOOTH_CERTIFICATE',
    });
    await expect(secretIn('eggtooth-system')).rejects.toThrow('not found');
  });
});
