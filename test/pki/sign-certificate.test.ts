import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCertificateAuthority } from '../../src/pki/certificate-authority';
import type { KeyAlgorithm } from '../../src/pki/certificate-signing-request';
import { checkCertificate } from '../../src/pki/check-certificate';
import { signCertificate } from '../../src/pki/sign-certificate';
import {
  type AuthorityProps,
  type CaKind,
  isCa,
  makeAuthority,
  signs,
  type TestAuthority,
} from './support/authorities';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-sign-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const keys: Readonly<Record<KeyAlgorithm, () => { publicKey: KeyObject; privateKey: KeyObject }>> = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RSA: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  Ed25519: () => generateKeyPairSync('ed25519'),
};

/** A subject whose string has a type of its own, which the types of the package do not know. */
const named = (name: Readonly<Record<string, string>>) => [{ CN: [name] }] as unknown as x509.JsonName;

async function signWith(authority: TestAuthority, algorithm: KeyAlgorithm = 'P-256') {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const { publicKey, privateKey } = keys[algorithm]();
  const [notBefore, notAfter] = [new Date(now - 300_000), new Date(now + 3_600_000)];
  const ca = readCertificateAuthority(authority.certificate, authority.key, new Date());
  const pem = await signCertificate(ca, { user: 'assets-reader', publicKey, algorithm, notBefore, notAfter });
  return { pem, privateKey, notBefore, notAfter };
}

/** What openssl says of a certificate that it has verified for a client of the CA. */
function verified(authority: TestAuthority, pem: string): string {
  const [ca, leaf] = [join(folder, 'ca.crt'), join(folder, 'tls.crt')];
  writeFileSync(ca, authority.certificate);
  writeFileSync(leaf, pem);
  execFileSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', ca, leaf]);
  return execFileSync('openssl', ['x509', '-in', leaf, '-noout', '-text'], { encoding: 'utf8' });
}

describe('A signed certificate', () => {
  test.each<readonly [CaKind, string]>([
    ['RSA', 'sha256WithRSAEncryption'],
    ['P-256', 'ecdsa-with-SHA256'],
    ['P-384', 'ecdsa-with-SHA384'],
    ['P-521', 'ecdsa-with-SHA512'],
    ['Ed25519', 'ED25519'],
  ])('of a CA with a %s key is verified by openssl, and signed with %s', async (kind, signature) => {
    const authority = await makeAuthority({ kind });
    const { pem } = await signWith(authority);

    expect(verified(authority, pem)).toContain(`Signature Algorithm: ${signature}`);
  });

  test.each<readonly [KeyAlgorithm, string]>([
    ['P-256', 'Digital Signature'],
    ['RSA', 'Digital Signature, Key Encipherment'],
    ['Ed25519', 'Digital Signature'],
  ])('for a %s key has the usages that the signer of Kubernetes gives: %s', async (algorithm, usages) => {
    const authority = await makeAuthority();
    const { pem } = await signWith(authority, algorithm);
    const text = verified(authority, pem);

    expect(text).toMatch(new RegExp(`X509v3 Key Usage: critical\\n +${usages}\\n`));
    expect(text).toMatch(/X509v3 Extended Key Usage: \n +TLS Web Client Authentication\n/);
    expect(text).toMatch(/X509v3 Basic Constraints: critical\n +CA:FALSE\n/);
    expect(text.match(/X509v3 (?!extensions)[^:]+:/g)).toHaveLength(5);
  });

  test('passes the checks of one that the cluster has issued, and has exactly the dates that were given', async () => {
    const { pem, privateKey, notBefore, notAfter } = await signWith(await makeAuthority());

    const checked = checkCertificate(pem, { user: 'assets-reader', privateKey, duration: 3600 });

    expect(checked).toMatchObject({ notBefore, notAfter });
  });

  test('has a positive serial number of its own, with 16 random bytes', async () => {
    const authority = await makeAuthority();
    const serials = await Promise.all(
      Array.from({ length: 20 }, async () => new X509Certificate((await signWith(authority)).pem).serialNumber),
    );

    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[0-9A-F]{28,32}$/);
  });

  test.each<readonly [what: string, props: AuthorityProps]>([
    ['a PrintableString', { subject: named({ printableString: 'kubernetes' }) }],
    ['a UTF8String', { subject: named({ utf8String: 'kubernetes' }) }],
    ['a BMPString', { subject: named({ bmpString: 'kubernetes' }) }],
    ['letters that are not ASCII', { subject: [{ O: ['Größe'] }, { CN: ['kubernetes'] }] }],
    ['parts in one set', { subject: [{ O: ['eggs'], CN: ['kubernetes'] }] }],
  ])('names its CA with the same bytes, if the subject has %s', async (_, props) => {
    const authority = await makeAuthority(props);
    const { pem } = await signWith(authority);
    const names = (text: string) => new x509.X509Certificate(text);

    verified(authority, pem);
    expect(Buffer.from(names(pem).issuerName.toArrayBuffer()).toString('hex')).toBe(
      Buffer.from(names(authority.certificate).subjectName.toArrayBuffer()).toString('hex'),
    );
  });

  test('has the key identifier that the CA states, however that was derived', async () => {
    const stated = new x509.SubjectKeyIdentifierExtension('0102030405');
    const { pem } = await signWith(await makeAuthority({ extensions: [isCa, signs, stated] }));

    expect(new x509.X509Certificate(pem).getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId).toBe('0102030405');
  });

  test('has no key identifier of a CA that states none', async () => {
    const { pem } = await signWith(await makeAuthority({ extensions: [isCa, signs] }));

    expect(new x509.X509Certificate(pem).getExtension(x509.AuthorityKeyIdentifierExtension)).toBeNull();
  });
});
