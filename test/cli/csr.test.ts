import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { expectError, readers, workspace } from './support/workspace';

const csr = (...flags: string[]) => ['csr', 'bundle.yaml', '--key-out', 'tls.key', ...flags];
const requestOf = (manifest: { spec: { request: string } }) => Buffer.from(manifest.spec.request, 'base64').toString();
const openssl = (input: string, ...args: string[]) =>
  execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });

describe('csr prints the CertificateSigningRequest', () => {
  test('as YAML, and nothing else', async () => {
    const { code, stdout, stderr } = await workspace().eggtooth(csr());

    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(parse(stdout)).toEqual({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: expect.stringMatching(/^assets-reader-[0-9a-f]{10}$/) },
      spec: {
        request: expect.stringMatching(/^LS0t/),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['client auth', 'digital signature'],
      },
    });
  });

  test.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', (text: string) => parse(text)],
    ['text', (text: string) => parse(text)],
  ])('in the format of -o %s', async (format, read) => {
    const { stdout } = await workspace().eggtooth(csr('-o', format));

    expect(read(stdout).kind).toBe('CertificateSigningRequest');
  });

  test.each([
    ['10m', 600],
    ['720h', 2_592_000],
    ['30d', 2_592_000],
    ['900s', 900],
  ])('with the duration of --duration %s', async (duration, seconds) => {
    const { stdout } = await workspace().eggtooth(csr('--duration', duration));

    expect(parse(stdout).spec.expirationSeconds).toBe(seconds);
  });

  test.each([
    ['P-256', ['client auth', 'digital signature']],
    ['RSA', ['client auth', 'digital signature', 'key encipherment']],
    ['Ed25519', ['client auth', 'digital signature']],
  ])('of a %s key, which openssl verifies, for the key in the file', async (kind, usages) => {
    const place = workspace();
    const { stdout } = await place.eggtooth(csr('--key-algorithm', kind));
    const manifest = parse(stdout);
    const request = requestOf(manifest);

    expect(manifest.spec.usages).toEqual(usages);
    expect(() => openssl(request, 'req', '-noout', '-verify')).not.toThrow();
    expect(openssl(request, 'req', '-noout', '-subject', '-nameopt', 'RFC2253').trim()).toBe(
      'subject=CN=assets-reader',
    );
    const key = createPrivateKey(readFileSync(place.path('tls.key')));
    expect(openssl(request, 'req', '-noout', '-pubkey')).toBe(
      createPublicKey(key).export({ format: 'pem', type: 'spki' }),
    );
  });

  test('with another name each time', async () => {
    const place = workspace();
    const runs = [await place.eggtooth(csr()), await place.eggtooth(['csr', 'bundle.yaml', '--key-out', 'other.key'])];

    expect(new Set(runs.map(({ stdout }) => parse(stdout).metadata.name)).size).toBe(2);
  });
});

describe('csr writes the private key', () => {
  test('to a file that only its owner can read', async () => {
    const place = workspace();
    await place.eggtooth(csr());

    expect(statSync(place.path('tls.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(place.path('tls.key'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  test('and never overwrites an existing file', async () => {
    const place = workspace();
    writeFileSync(place.path('tls.key'), 'mine');

    expectError(await place.eggtooth(csr()), 'ERR_EGGTOOTH_FILE', 'the key file exists already: tls.key');
    expect(readFileSync(place.path('tls.key'), 'utf8')).toBe('mine');
  });

  test.each([
    ['to nothing', 'elsewhere'],
    ['to a file', 'bundle.yaml'],
    ['to /dev/stdout', '/dev/stdout'],
  ])('and follows no symbolic link %s', async (_, target) => {
    const place = workspace();
    symlinkSync(target, place.path('tls.key'));

    expectError(await place.eggtooth(csr()), 'ERR_EGGTOOTH_FILE', 'the key file exists already: tls.key');
    expect(existsSync(place.path('elsewhere'))).toBe(false);
  });

  test.each([
    ['a folder', '.'],
    ['standard output', '/dev/stdout'],
    ['a device', '/dev/null'],
  ])('and rejects %s instead of a new file', async (_, file) => {
    const run = await workspace().eggtooth(['csr', 'bundle.yaml', '--key-out', file]);

    expectError(run, 'ERR_EGGTOOTH_FILE', `the key file exists already: ${file}`);
  });

  test('and reports that the folder does not exist', async () => {
    const run = await workspace().eggtooth(['csr', 'bundle.yaml', '--key-out', 'missing/tls.key']);

    expectError(run, 'ERR_EGGTOOTH_FILE', 'the key file cannot be written (ENOENT): missing/tls.key');
    expect(run.stderr).toContain('fix: choose a file in an existing folder that you may write to');
  });

  test.runIf(process.platform === 'linux').each(['/proc/self/tls.key', '/sys/tls.key'])(
    'and reports that %s cannot be written, not even by root',
    async (file) => {
      const run = await workspace().eggtooth(['csr', 'bundle.yaml', '--key-out', file]);

      expectError(run, 'ERR_EGGTOOTH_FILE', `): ${file}`);
    },
  );
});

describe('csr for a bundle with several readers', () => {
  const two = () => workspace(readers('assets', 'shop'));

  test('reports that --reader is missing, and lists the readers', async () => {
    const place = two();
    const run = await place.eggtooth(csr());

    expectError(run, 'ERR_EGGTOOTH_OPTION', 'the bundle has several readers', 2);
    expect(run.stderr).toContain('fix: choose one with --reader: assets-reader, shop-reader');
    expect(readdirSync(place.folder)).toEqual(['bundle.yaml']);
  });

  test('requests a certificate for the reader that --reader names', async () => {
    const { stdout } = await two().eggtooth(csr('--reader', 'shop-reader'));

    expect(parse(stdout).metadata.name).toMatch(/^shop-reader-/);
    expect(openssl(requestOf(parse(stdout)), 'req', '-noout', '-subject')).toMatch(/CN ?= ?shop-reader/);
  });

  test('rejects a --reader that is not one of them', async () => {
    const run = await two().eggtooth(csr('--reader', 'admin'));

    expectError(run, 'ERR_EGGTOOTH_OPTION', 'no reader of the bundle is "admin"', 2);
  });
});
