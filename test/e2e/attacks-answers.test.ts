import 'reflect-metadata';
import { createPublicKey, webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExtendedKeyUsage, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PrivateKey } from '../../src/pki/private-key';
import { createAuthority } from '../../tools/control-plane/pki';
import { type CertificateProps, certificate, keyPair } from '../pki/support/certificates';
import type { Fate, SeenCall } from './support/api-proxy';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';
import { findKeys } from './support/key-forms';
import { forget, nameOf, type ProxiedStage, redirect, secretsOf, startProxiedStage } from './support/proxied-stage';
import { ShellPipeline } from './support/shell-pipeline';

let stage: ProxiedStage;
/** An administrator, through the proxy. */
let shell: ShellPipeline;
let direct: string;
beforeAll(async () => {
  stage = await startProxiedStage();
  direct = writeBundle(join(stage.cluster.dir, 'direct.yaml'), bundleObjects({ url: stage.cluster.url }));
  shell = new ShellPipeline(stage.cluster, stage.kubeconfig);
});
afterAll(() => stage?.stop());
beforeEach(async () => {
  stage.proxy.reset();
  await forget(stage);
});

/** Runs a command through the proxy; the certificate is used at the API server itself. */
const run = (command: string, ...args: string[]) =>
  eggtooth([command, direct, ...args, '--kubeconfig', stage.kubeconfig]);

/** Replaces the certificate in every answer about a request, as whoever may sign could. */
function forge(pem: string) {
  return (call: SeenCall, moment: 'before' | 'after'): Fate => {
    if (moment === 'before' || call.method !== 'GET' || !call.path.includes('/certificatesigningrequests'))
      return 'pass';
    const answer = JSON.parse(call.answer ?? '{}');
    for (const object of answer.items ?? [answer]) {
      if (object.status?.certificate) object.status.certificate = Buffer.from(pem).toString('base64');
    }
    return { status: 200, body: JSON.stringify(answer) };
  };
}

/** A certificate for the public key of the request, as a malicious signer would issue it. */
async function certificateFor(keys: CertificateProps['keys'], props: Partial<CertificateProps>): Promise<string> {
  return certificate({ keys, subject: 'CN=assets-reader', ...props });
}

/** The key that the run has written, for WebCrypto. */
async function keysIn(keyFile: string): Promise<CertificateProps['keys']> {
  const key = PrivateKey.fromPem(readFileSync(keyFile, 'utf8')).toKeyObject();
  const parameters = { name: 'ECDSA', namedCurve: 'P-256' };
  const der = { format: 'der' } as const;
  return {
    privateKey: await webcrypto.subtle.importKey('pkcs8', key.export({ ...der, type: 'pkcs8' }), parameters, true, [
      'sign',
    ]),
    publicKey: await webcrypto.subtle.importKey(
      'spki',
      createPublicKey(key).export({ ...der, type: 'spki' }),
      parameters,
      true,
      ['verify'],
    ),
  };
}

/** What a signer returns, and the fault that is reported. */
const CERTIFICATES: readonly (readonly [
  name: string,
  make: (keys: CertificateProps['keys']) => Promise<string>,
  says: string,
])[] = [
  ['for another key', async () => certificateFor(await keyPair(), {}), 'is for another key'],
  ['for another user', (keys) => certificateFor(keys, { subject: 'CN=alice' }), 'has the subject "CN=alice"'],
  ['with a group', (keys) => certificateFor(keys, { subject: 'CN=assets-reader,O=admins' }), 'has the subject'],
  ['that is a CA', (keys) => certificateFor(keys, { ca: true }), 'is a CA certificate'],
  [
    'for servers too',
    (keys) => certificateFor(keys, { usages: [ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth] }),
    'is not for client authentication only',
  ],
  [
    'with alternative names',
    (keys) =>
      certificateFor(keys, {
        extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'kubernetes' }])],
      }),
    'has alternative names',
  ],
  ['that has expired', (keys) => certificateFor(keys, { notBefore: -7200, notAfter: -3600 }), 'expired 2'],
  [
    'that is not valid yet',
    (keys) => certificateFor(keys, { notBefore: 86_400, notAfter: 90_000 }),
    'is not valid before',
  ],
  [
    'with a second one after it',
    async (keys) => (await certificateFor(keys, {})) + (await certificateFor(keys, {})),
    'expected one block CERTIFICATE, found 2',
  ],
  [
    'from another CA that is right in all else',
    (keys) => certificateFor(keys, {}),
    'identifies the holder of the certificate of assets-reader as nobody',
  ],
];

describe.each(CERTIFICATES)('A certificate %s in the answer', (_, make, says) => {
  test('is written into the Secret by the shell pipeline', async () => {
    const { key, request } = shell.keyAndRequest('/CN=assets-reader');
    await shell.apply({ name: 'assets-reader', request });
    await shell.approve('assets-reader');
    await shell.certificate('assets-reader');
    const forged = await make(await keyPair());
    stage.proxy.interfere(forge(forged));

    await shell.secret('eggtooth-system', 'assets-tls', await shell.certificate('assets-reader'), key);

    const [secret] = await secretsOf(stage);
    expect(Buffer.from(secret?.data['tls.crt'] ?? '', 'base64').toString()).toBe(forged);
  });

  test('is refused by collect, which writes no Secret and reports the fault', async () => {
    const keyFile = join(mkdtempSync(join(stage.cluster.dir, 'keys-')), 'tls.key');
    const { name, sha256 } = JSON.parse((await run('request', '--key-out', keyFile, '-o', 'json')).stdout);
    expect(await run('approve', name, '--expect', sha256)).toMatchObject({ code: 0 });
    await shell.certificate(name);
    stage.proxy.interfere(forge(await make(await keysIn(keyFile))));

    const { code, stderr } = await run('collect', '--key', keyFile);

    expect(stderr).toContain(says);
    expect(stderr).toContain('code: ERR_EGGTOOTH_CERTIFICATE\n');
    expect(code).toBe(1);
    expect(await secretsOf(stage)).toEqual([]);
    stage.proxy.interfere();
    expect(await run('collect', '--key', keyFile)).toMatchObject({ code: 0 });
  });
});

describe('Another CA in the ConfigMap kube-root-ca.crt', () => {
  const others = async () => (await createAuthority('mallory')).certificate;
  const forgeCa =
    (ca: string) =>
    (call: SeenCall, moment: 'before' | 'after'): Fate => {
      if (moment === 'before' || call.method !== 'GET' || !call.path.endsWith('/kube-root-ca.crt')) return 'pass';
      const answer = JSON.parse(call.answer ?? '{}');
      return { status: 200, body: JSON.stringify({ ...answer, data: { 'ca.crt': ca } }) };
    };

  test('is written by the shell pipeline, so that Flux would trust it', async () => {
    const { key, request } = shell.keyAndRequest('/CN=assets-reader');
    const issued = await shell.issue({ name: 'assets-reader', request });
    const ca = await others();
    stage.proxy.interfere(forgeCa(ca));

    await shell.secret('eggtooth-system', 'assets-tls', issued, key);

    const [secret] = await secretsOf(stage);
    expect(new X509Certificate(Buffer.from(secret?.data['ca.crt'] ?? '', 'base64')).subject).toBe('CN=mallory');
    expect(ca).toContain('BEGIN CERTIFICATE');
  });

  test('is refused by issue, since it must have signed the certificate of the address that Flux uses', async () => {
    // At another address than the kubeconfig's, so that the CA comes from the ConfigMap.
    const url = stage.cluster.secondUrl ?? stage.cluster.url;
    const bundle = writeBundle(join(stage.cluster.dir, 'second.yaml'), bundleObjects({ url }));
    stage.proxy.interfere(forgeCa(await others()));

    const { code, stderr } = await eggtooth(['issue', bundle, '--kubeconfig', stage.kubeconfig]);

    expect(stderr).toContain(
      `the API server at ${url}, which the bundle names, is not of the cluster of the kubeconfig`,
    );
    expect(stderr).toContain('code: ERR_EGGTOOTH_KUBECONFIG\n');
    expect(code).toBe(1);
    expect(await secretsOf(stage)).toEqual([]);
  });
});

describe('A man in the middle of a kubeconfig with insecure-skip-tls-verify', () => {
  /** The kubeconfig of an administrator who does not verify TLS; the proxy is in the middle. */
  function careless(): string {
    const file = redirect(stage.cluster.kubeconfig, stage.proxy);
    const config = JSON.parse(readFileSync(file, 'utf8'));
    config.clusters[0].cluster = { server: stage.proxy.url, 'insecure-skip-tls-verify': true };
    const own = join(mkdtempSync(join(stage.cluster.dir, 'careless-')), 'kubeconfig');
    writeFileSync(own, JSON.stringify(config), { mode: 0o600 });
    return own;
  }

  test('reads the private key of the shell pipeline', async () => {
    const { key, request } = shell.keyAndRequest('/CN=assets-reader');
    const issued = await shell.issue({ name: 'assets-reader', request });
    stage.proxy.reset();

    await new ShellPipeline(stage.cluster, careless()).secret('eggtooth-system', 'assets-tls', issued, key);

    const pkcs8 = Buffer.from(key.replace(/-----.*-----|\n/g, ''), 'base64');
    const seen = stage.proxy.calls.map(({ body }) => body).join();
    expect(findKeys(seen, [pkcs8])).not.toEqual([]);
  });

  test('is sent nothing by any command', async () => {
    const kubeconfig = careless();
    const keyFile = join(mkdtempSync(join(stage.cluster.dir, 'keys-')), 'tls.key');
    const commands = [
      ['issue'],
      ['request', '--key-out', keyFile],
      ['approve', 'x'],
      ['collect', '--key', 'x'],
      ['status'],
    ];
    stage.proxy.reset();

    for (const [command = '', ...rest] of commands) {
      const { code, stderr } = await eggtooth([command, stage.bundle, ...rest, '--kubeconfig', kubeconfig]);
      expect(stderr).toContain('insecure-skip-tls-verify');
      expect(stderr).toContain('code: ERR_EGGTOOTH_KUBECONFIG\n');
      expect(code).toBe(1);
    }
    expect(stage.proxy.calls.map(nameOf)).toEqual([]);
  });
});
