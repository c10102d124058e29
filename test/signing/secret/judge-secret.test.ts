import { execFileSync } from 'node:child_process';
import { KeyObject, type webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { readPem } from '../../../src/kubernetes/pem';
import { renewalTime } from '../../../src/pki/renewal-time';
import { judgeSecret } from '../../../src/signing/secret/judge-secret';
import { type CertificateProps, certificate, keyPair } from '../../pki/support/certificates';

const UID = '00000000-0000-0000-0000-000000000000';
let keys: webcrypto.CryptoKeyPair;
let key: string;
beforeAll(async () => {
  keys = await keyPair();
  key = KeyObject.from(keys.privateKey).export({ format: 'pem', type: 'pkcs8' }).toString();
});

const secret = (data: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'tls',
    namespace: 'platform',
    ...{ uid: UID },
    annotations: { 'eggtooth.dev/request': 'reader-1', 'eggtooth.dev/request-uid': 'abc' },
  },
  data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
});

const pem = (props: Partial<CertificateProps> = {}) => certificate({ keys, ...props });
const judge = (object: KubeObject | undefined, duration?: number) =>
  judgeSecret(object, { user: 'reader', duration }, 'the CA', new Date());

describe('judgeSecret accepts', () => {
  test('a certificate that was issued for no request, as sign makes it', async () => {
    const { metadata, ...held } = secret({ 'tls.crt': await pem(), 'tls.key': key, 'ca.crt': 'the CA' });
    const verdict = judge({ ...held, metadata: { ...metadata, annotations: {} } });

    expect(verdict).toMatchObject({ valid: true, issued: { algorithm: 'P-256' } });
    expect(verdict).not.toHaveProperty('issued.csr');
  });

  test('a valid certificate with its key and CA, and tells when it is due', async () => {
    const verdict = judge(secret({ 'tls.crt': await pem(), 'tls.key': key, 'ca.crt': 'the CA' }));

    expect(verdict).toMatchObject({
      valid: true,
      outdatedCa: false,
      issued: { algorithm: 'P-256', csr: { name: 'reader-1', uid: 'abc' } },
    });
    const { renewAt, issued } = verdict as Extract<typeof verdict, { valid: true }>;
    expect(renewAt).toEqual(renewalTime(issued.certificate, UID));
  });

  test('another CA, and reports it as outdated', async () => {
    const object = secret({ 'tls.crt': await pem(), 'tls.key': key, 'ca.crt': 'another CA' });

    expect(judge(object)).toMatchObject({ valid: true, outdatedCa: true });
  });
});

describe('judgeSecret refuses', () => {
  test('a Secret that does not exist', () => {
    expect(judge(undefined)).toEqual({ valid: false, problem: 'does not exist' });
  });

  test.each<readonly [what: string, data: () => Promise<Record<string, string>>, problem: string]>([
    ['no certificate', async () => ({ 'tls.key': key }), 'holds no certificate'],
    ['no key', async () => ({ 'tls.crt': await pem() }), 'holds no private key'],
    [
      'another key',
      async () => ({ 'tls.crt': await certificate({ keys: await keyPair() }), 'tls.key': key }),
      'the certificate is for another key',
    ],
    [
      'several faults',
      async () => ({ 'tls.crt': await pem({ subject: [{ CN: ['other'] }], ca: true }), 'tls.key': key }),
      'the certificate has the subject "CN=other", not CN=reader, is a CA certificate',
    ],
    [
      'another generation',
      async () => ({ 'tls.crt': await pem({ subject: [{ CN: ['reader:g2'] }] }), 'tls.key': key }),
      'is for generation 2 of reader, and the bundle names generation 1',
    ],
  ])('a Secret with %s', async (_, data, problem) => {
    expect(judge(secret(await data()))).toMatchObject({ valid: false, problem });
  });

  test('a certificate with a key of a kind that eggtooth does not create', () => {
    const extensions = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth'];
    const flags = extensions.flatMap((extension) => ['-addext', extension]);
    const args = ['req', '-x509', '-newkey', 'ed448', '-noenc', '-keyout', '-', '-subj', '/CN=reader', ...flags];
    const text = execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
    const [other, crt] = readPem(text).map((block) => `${block.text}\n`);

    expect(judge(secret({ 'tls.crt': crt ?? '', 'tls.key': other ?? '' }))).toMatchObject({
      valid: false,
      problem: 'holds an unsupported kind of key',
    });
  });
});
