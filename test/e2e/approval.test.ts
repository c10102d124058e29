import { Crypto } from '@peculiar/webcrypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  approveRequest,
  Chain,
  type Cluster,
  checkCertificate,
  clusterFromKubeconfig,
  createRequest,
  EggtoothError,
  issue,
  type KeyAndRequest,
  readBundle,
  type SubmittedRequest,
  submitRequest,
  waitForCertificate,
} from '../../src/signing';
import { requestManifest } from '../../src/signing/request/submit-request';
import { refuse } from './support/policy';
import { forget, secretsOf } from './support/proxied-stage';
import { type Stage, startStage } from './support/stage';

type Manifest = ReturnType<typeof requestManifest>;

const READER = { users: ['reader'] };

let stage: Stage;
let cluster: Cluster;
beforeAll(async () => {
  stage = await startStage();
  cluster = await clusterFromKubeconfig({ kubeconfig: stage.cluster.kubeconfig });
});
afterAll(async () => {
  cluster?.close();
  await stage?.stop();
});
beforeEach(() => forget(stage));

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);

/** A request for a reader, submitted; the manifest may be bent before. */
async function submitted(bend: (manifest: Manifest) => Manifest = (manifest) => manifest) {
  const made = await createRequest({ user: 'reader' });
  return { made, request: await submitRequest(cluster, bend(requestManifest(made))) };
}

const withSpec =
  (spec: Partial<Manifest['spec']>) =>
  (manifest: Manifest): Manifest => ({ ...manifest, spec: { ...manifest.spec, ...spec } });

/** Deletes the request and puts another one under its name. */
async function replace(request: SubmittedRequest, by: KeyAndRequest): Promise<void> {
  await kubectl('delete', 'csr', request.name);
  const { apiVersion, kind, spec } = requestManifest(by);
  await stage.cluster.kubectl(
    ['create', '-f', '-'],
    JSON.stringify({ apiVersion, kind, spec, metadata: { name: request.name } }),
  );
}

async function conditionsOf({ name }: SubmittedRequest): Promise<readonly string[]> {
  const { status } = JSON.parse(await kubectl('get', 'csr', name, '-o', 'json'));
  return (status.conditions ?? []).map(({ type }: { type: string }) => type);
}

/** The error that a step ends with. */
async function errorOf(step: Promise<unknown>): Promise<EggtoothError> {
  const error = await step.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (error instanceof EggtoothError) return error;
  throw new Error(`not one of ours: ${error}`);
}

/** The same cluster, with something done just before calls of one purpose. */
function justBefore(purpose: string, act: () => Promise<unknown>): Cluster {
  return {
    server: cluster.server,
    close: () => {},
    call: async (call) => {
      if (call.purpose === purpose) await act();
      return cluster.call(call);
    },
  };
}

describe('approve', () => {
  test('approves, and the certificate that is collected passes the check', async () => {
    const { made, request } = await submitted();

    await approveRequest(cluster, request, READER);
    const pem = await waitForCertificate(cluster, request, { timeout: 10_000 });

    expect(await conditionsOf(request)).toEqual(['Approved']);
    const certificate = checkCertificate(pem, { user: 'reader', privateKey: made.privateKey.toKeyObject() });
    expect(certificate.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is done at once if the request is approved already', async () => {
    const { request } = await submitted();
    await kubectl('certificate', 'approve', request.name);

    await expect(approveRequest(cluster, request, READER)).resolves.toBeUndefined();
  });

  test.each([
    ['with another key', () => createRequest({ user: 'reader' })],
    ['with the very same bytes', undefined],
  ])('refuses a request that was deleted and recreated %s', async (_, other) => {
    const { made, request } = await submitted();
    await replace(request, (await other?.()) ?? made);

    const error = await errorOf(approveRequest(cluster, request, READER));

    expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_REQUEST_CHANGED', object: { name: request.name } });
    expect(await conditionsOf(request)).toEqual([]);
  });

  test.each([
    ['with another key', () => createRequest({ user: 'reader' })],
    ['with the very same bytes', undefined],
  ])('refuses a request that is recreated %s between the look and the approval', async (_, other) => {
    const { made, request } = await submitted();
    const by = (await other?.()) ?? made;
    const racing = justBefore('approve the request', () => replace(request, by));

    expect((await errorOf(approveRequest(racing, request, READER))).code).toBe('ERR_EGGTOOTH_REQUEST_CHANGED');
    expect(await conditionsOf(request)).toEqual([]);
  });

  test('refuses a request for another signer', async () => {
    const { request } = await submitted(withSpec({ signerName: 'example.org/nobody' }));

    const error = await errorOf(approveRequest(cluster, request, READER));

    expect(error.code).toBe('ERR_EGGTOOTH_REQUEST');
    expect(error.problem).toContain('is for the signer example.org/nobody');
    expect(await conditionsOf(request)).toEqual([]);
  });

  test('refuses a request that is denied between the look and the approval', async () => {
    const { request } = await submitted();
    const deny = () => kubectl('certificate', 'deny', request.name);
    const racing = justBefore('approve the request', deny);

    expect((await errorOf(approveRequest(racing, request, READER))).code).toBe('ERR_EGGTOOTH_DENIED');
    expect(await conditionsOf(request)).toEqual(['Denied']);
  });

  test('says that the API server refuses, not that the request changed, when a policy forbids approvals', async () => {
    const allow = await forbidApprovals();
    try {
      const { request } = await submitted();

      const error = await errorOf(approveRequest(cluster, request, READER));

      expect(error).toMatchObject({ code: 'ERR_EGGTOOTH_API', status: 422 });
      expect(error.message).toContain('cannot approve the request');
    } finally {
      await allow();
    }
  });
});

describe('a denied request', () => {
  test.each([
    ['approve', (request: SubmittedRequest) => approveRequest(cluster, request, READER)],
    ['collect', (request: SubmittedRequest) => waitForCertificate(cluster, request, { timeout: 10_000 })],
  ])('ends %s with ERR_EGGTOOTH_DENIED and the reason', async (_, step) => {
    const { request } = await submitted();
    await kubectl('certificate', 'deny', request.name);

    const error = await errorOf(step(request));

    expect(error.code).toBe('ERR_EGGTOOTH_DENIED');
    expect(error.message).toContain(`CertificateSigningRequest ${request.name}: the request was denied (KubectlDeny)`);
    expect(await conditionsOf(request)).toEqual(['Denied']);
  });

  test('is denied while the certificate is waited for', async () => {
    const { request } = await submitted();
    const waiting = errorOf(waitForCertificate(cluster, request, { timeout: 20_000 }));
    await kubectl('certificate', 'deny', request.name);

    expect((await waiting).code).toBe('ERR_EGGTOOTH_DENIED');
  });
});

describe('collect', () => {
  test.each([
    ['client auth with server auth', ['client auth', 'server auth']],
    ['server auth alone', ['server auth']],
    ['no client auth', ['digital signature']],
  ])('ends with ERR_EGGTOOTH_SIGNING_FAILED when the signer refuses the usages: %s', async (_, usages) => {
    const { request } = await submitted(withSpec({ usages }));
    expect((await errorOf(approveRequest(cluster, request, READER))).code).toBe('ERR_EGGTOOTH_REQUEST');
    await kubectl('certificate', 'approve', request.name);

    const error = await errorOf(waitForCertificate(cluster, request, { timeout: 20_000 }));

    expect(error.code).toBe('ERR_EGGTOOTH_SIGNING_FAILED');
    expect(error.message).toContain('the signer refused the request (SignerValidationFailure)');
  });

  test('ends with ERR_EGGTOOTH_NO_SIGNER, in time, when it is approved and nobody signs', async () => {
    const { request } = await submitted(withSpec({ signerName: 'example.org/nobody' }));
    await kubectl('certificate', 'approve', request.name);
    const start = Date.now();

    const error = await errorOf(waitForCertificate(cluster, request, { timeout: 1_000 }));

    expect(Date.now() - start).toBeLessThan(3_000);
    expect(error.code).toBe('ERR_EGGTOOTH_NO_SIGNER');
    expect(error.message).toContain('is approved, and no certificate came within 1 s');
    expect(error.fix).toContain('Amazon EKS');
  });

  test('says that nobody approved, and how to, when nobody did', async () => {
    const { request } = await submitted();

    const error = await errorOf(waitForCertificate(cluster, request, { timeout: 500 }));

    expect(error.code).toBe('ERR_EGGTOOTH_NOT_APPROVED');
    expect(error.message).toContain(`CertificateSigningRequest ${request.name}: was not approved within 0.5 s`);
    expect(error.fix).toContain(`eggtooth approve ${request.name}`);
  });

  test('takes no certificate of a request that was replaced', async () => {
    const { request } = await submitted();
    await replace(request, await createRequest({ user: 'reader' }));
    await kubectl('certificate', 'approve', request.name);

    expect((await errorOf(waitForCertificate(cluster, request, { timeout: 10_000 }))).code).toBe(
      'ERR_EGGTOOTH_REQUEST_CHANGED',
    );
  });
});

describe.each([
  ['approve', (request: SubmittedRequest) => approveRequest(cluster, request, READER)],
  ['collect', (request: SubmittedRequest) => waitForCertificate(cluster, request, { timeout: 10_000 })],
])('%s of a request that is gone', (_, step) => {
  test('says that it was deleted', async () => {
    const { request } = await submitted();
    await kubectl('delete', 'csr', request.name);

    expect(await errorOf(step(request))).toMatchObject({
      code: 'ERR_EGGTOOTH_REQUEST_DELETED',
      object: { kind: 'CertificateSigningRequest', name: request.name },
      fix: expect.stringContaining('find out who deleted it'),
    });
  });

  test('says that the cluster may have cleared it away, an hour after it was made', async () => {
    const { request } = await submitted();
    await kubectl('delete', 'csr', request.name);
    const createdAt = new Date(Date.now() - 3_601_000).toISOString();

    expect(await errorOf(step({ ...request, createdAt }))).toMatchObject({
      code: 'ERR_EGGTOOTH_REQUEST_EXPIRED',
      fix: expect.stringContaining('collect it within 1 h'),
    });
  });
});

describe('an injected crypto provider, @peculiar/webcrypto', () => {
  test.each(['P-256', 'RSA', 'Ed25519'] as const)('makes %s keys for issue on a live cluster', async (algorithm) => {
    const chain = Chain.fromObjects(readBundle(stage.bundle));
    const provider = new Crypto();
    const generateKey = vi.spyOn(provider.subtle, 'generateKey');

    const [result] = await issue(cluster, chain, { algorithm, crypto: provider });

    expect(generateKey).toHaveBeenCalledOnce();
    expect(result).toMatchObject({ algorithm, unchanged: false });
    expect(result?.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(await secretsOf(stage)).toHaveLength(2);
    expect(await issue(cluster, chain)).toMatchObject([{ fingerprint: result?.fingerprint, unchanged: true }]);
  });
});

/** A real admission policy that refuses every approval; resolves, once it is in force, to what ends it. */
function forbidApprovals(): Promise<() => Promise<void>> {
  const policy = {
    name: 'forbid-approvals',
    apiGroup: 'certificates.k8s.io',
    resource: 'certificatesigningrequests/approval',
    expression: 'false',
  };
  return refuse(stage.cluster, policy, async () => {
    const { request } = await submitted();
    return kubectl('certificate', 'approve', request.name).then(
      () => false,
      () => true,
    );
  });
}
