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

/** Submits a request for the reader; the manifest can be changed before. */
async function submitted(change: (manifest: Manifest) => Manifest = (manifest) => manifest) {
  const made = await createRequest({ user: 'reader' });
  return { made, request: await submitRequest(cluster, change(requestManifest(made))) };
}

const withSpec =
  (spec: Partial<Manifest['spec']>) =>
  (manifest: Manifest): Manifest => ({ ...manifest, spec: { ...manifest.spec, ...spec } });

/** Deletes the request and creates another one with its name. */
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

/** The same cluster, with something done just before the calls with a purpose. */
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

describe('approveRequest', () => {
  test('approves a request whose certificate passes checkCertificate', async () => {
    const { made, request } = await submitted();

    await approveRequest(cluster, request, READER);
    const pem = await waitForCertificate(cluster, request, { timeout: 10_000 });

    expect(await conditionsOf(request)).toEqual(['Approved']);
    const certificate = checkCertificate(pem, { user: 'reader', privateKey: made.privateKey.toKeyObject() });
    expect(certificate.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('accepts a request that is approved already', async () => {
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
  ])('refuses a request that is recreated %s between its review and its approval', async (_, other) => {
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

  test('refuses a request that is denied between its review and its approval', async () => {
    const { request } = await submitted();
    const deny = () => kubectl('certificate', 'deny', request.name);
    const racing = justBefore('approve the request', deny);

    expect((await errorOf(approveRequest(racing, request, READER))).code).toBe('ERR_EGGTOOTH_DENIED');
    expect(await conditionsOf(request)).toEqual(['Denied']);
  });

  test('reports the refusal of the API server when a policy forbids approvals', async () => {
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

describe('A denied request', () => {
  test.each([
    ['approveRequest', (request: SubmittedRequest) => approveRequest(cluster, request, READER)],
    ['waitForCertificate', (request: SubmittedRequest) => waitForCertificate(cluster, request, { timeout: 10_000 })],
  ])('fails %s with ERR_EGGTOOTH_DENIED and the reason', async (_, step) => {
    const { request } = await submitted();
    await kubectl('certificate', 'deny', request.name);

    const error = await errorOf(step(request));

    expect(error.code).toBe('ERR_EGGTOOTH_DENIED');
    expect(error.message).toContain(`CertificateSigningRequest ${request.name}: the request was denied (KubectlDeny)`);
    expect(await conditionsOf(request)).toEqual(['Denied']);
  });

  test('ends waitForCertificate when it is denied in the meantime', async () => {
    const { request } = await submitted();
    const waiting = errorOf(waitForCertificate(cluster, request, { timeout: 20_000 }));
    await kubectl('certificate', 'deny', request.name);

    expect((await waiting).code).toBe('ERR_EGGTOOTH_DENIED');
  });
});

describe('waitForCertificate', () => {
  test.each([
    ['client auth with server auth', ['client auth', 'server auth']],
    ['server auth alone', ['server auth']],
    ['no client auth', ['digital signature']],
  ])('fails with ERR_EGGTOOTH_SIGNING_FAILED when the signer refuses %s', async (_, usages) => {
    const { request } = await submitted(withSpec({ usages }));
    expect((await errorOf(approveRequest(cluster, request, READER))).code).toBe('ERR_EGGTOOTH_REQUEST');
    await kubectl('certificate', 'approve', request.name);

    const error = await errorOf(waitForCertificate(cluster, request, { timeout: 20_000 }));

    expect(error.code).toBe('ERR_EGGTOOTH_SIGNING_FAILED');
    expect(error.message).toContain('the signer refused the request (SignerValidationFailure)');
  });

  test('fails with ERR_EGGTOOTH_NO_SIGNER in time when an approved request is not signed', async () => {
    const { request } = await submitted(withSpec({ signerName: 'example.org/nobody' }));
    await kubectl('certificate', 'approve', request.name);
    const start = Date.now();

    const error = await errorOf(waitForCertificate(cluster, request, { timeout: 1_000 }));

    expect(Date.now() - start).toBeLessThan(3_000);
    expect(error.code).toBe('ERR_EGGTOOTH_NO_SIGNER');
    expect(error.message).toContain('is approved, but no certificate was issued within 1 s');
    expect(error.fix).toContain('Amazon EKS');
  });

  test('fails with ERR_EGGTOOTH_NOT_APPROVED and says how to approve when nobody has', async () => {
    const { request } = await submitted();

    const error = await errorOf(waitForCertificate(cluster, request, { timeout: 500 }));

    expect(error.code).toBe('ERR_EGGTOOTH_NOT_APPROVED');
    expect(error.message).toContain(`CertificateSigningRequest ${request.name}: was not approved within 0.5 s`);
    expect(error.fix).toContain(`eggtooth approve ${request.name}`);
  });

  test('refuses the certificate of a request that was replaced', async () => {
    const { request } = await submitted();
    await replace(request, await createRequest({ user: 'reader' }));
    await kubectl('certificate', 'approve', request.name);

    expect((await errorOf(waitForCertificate(cluster, request, { timeout: 10_000 }))).code).toBe(
      'ERR_EGGTOOTH_REQUEST_CHANGED',
    );
  });
});

describe.each([
  ['approveRequest', (request: SubmittedRequest) => approveRequest(cluster, request, READER)],
  ['waitForCertificate', (request: SubmittedRequest) => waitForCertificate(cluster, request, { timeout: 10_000 })],
])('%s of a request that no longer exists', (_, step) => {
  test('reports that it was deleted', async () => {
    const { request } = await submitted();
    await kubectl('delete', 'csr', request.name);

    expect(await errorOf(step(request))).toMatchObject({
      code: 'ERR_EGGTOOTH_REQUEST_DELETED',
      object: { kind: 'CertificateSigningRequest', name: request.name },
      fix: expect.stringContaining('who deleted it'),
    });
  });

  test('reports that the cluster may have deleted it, an hour after its creation', async () => {
    const { request } = await submitted();
    await kubectl('delete', 'csr', request.name);
    const createdAt = new Date(Date.now() - 3_601_000).toISOString();

    expect(await errorOf(step({ ...request, createdAt }))).toMatchObject({
      code: 'ERR_EGGTOOTH_REQUEST_EXPIRED',
      fix: expect.stringContaining('collect it within 1 h'),
    });
  });
});

describe('Another crypto provider, @peculiar/webcrypto', () => {
  test.each(['P-256', 'RSA', 'Ed25519'] as const)(
    'creates keys of kind %s for issue on a live cluster',
    async (algorithm) => {
      const chain = Chain.fromObjects(readBundle(stage.bundle));
      const provider = new Crypto();
      const generateKey = vi.spyOn(provider.subtle, 'generateKey');

      const [result] = await issue(cluster, chain, { algorithm, crypto: provider });

      expect(generateKey).toHaveBeenCalledOnce();
      expect(result).toMatchObject({ algorithm, unchanged: false });
      expect(result?.checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(await secretsOf(stage)).toHaveLength(2);
      expect(await issue(cluster, chain)).toMatchObject([{ fingerprint: result?.fingerprint, unchanged: true }]);
    },
  );
});

/** Sets up an admission policy that refuses every approval; resolves, once it is in force, to what removes it. */
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
