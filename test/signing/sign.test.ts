import { X509Certificate } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../../src/chain/chain';
import { EggtoothError, type ErrorCode } from '../../src/errors';
import { PrivateKey } from '../../src/pki/private-key';
import { readCaFiles } from '../../src/signing/ca-files';
import { emptySecret } from '../../src/signing/secret/secret';
import { type SignOptions, sign } from '../../src/signing/sign';
import { type BundleOptions, bundleObjects } from '../e2e/support/bundle';
import { makeAuthority, type TestAuthority } from '../pki/support/authorities';
import { authority as otherCa } from '../pki/support/certificates';
import { errorOf } from '../support/errors';

const URL = 'https://example.org:6443';
const DAY = 86_400;

let ca: TestAuthority;
let serverCa: string;
beforeAll(async () => {
  [ca, serverCa] = await Promise.all([makeAuthority(), otherCa('server')]);
});

const chainOf = (options: Partial<BundleOptions> = {}) =>
  Chain.fromObjects(bundleObjects({ url: URL, readerDuration: Duration.days(30), ...options }));
const signed = (options: Partial<SignOptions> = {}, chain = chainOf()) =>
  sign(chain, { caCertificate: ca.certificate, caKey: ca.key, ...options });
const decode = (value = '') => Buffer.from(value, 'base64').toString('utf8');

async function refusal(code: ErrorCode, promise: Promise<unknown>): Promise<EggtoothError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EggtoothError);
  return errorOf(code, () => {
    throw error;
  });
}

describe('sign', () => {
  test('returns the Secrets that issue writes, with the same certificate in each namespace', async () => {
    const [result, ...others] = await signed();

    expect(others).toEqual([]);
    expect(result).toMatchObject({ user: 'assets-reader', algorithm: 'P-256', assumedEndpoints: [URL] });
    const [first, second] = result?.secrets ?? [];
    for (const [secret, namespace] of [
      [first, 'eggtooth-system'],
      [second, 'eggtooth-shop'],
    ] as const) {
      const empty = emptySecret({ namespace, name: 'assets-tls' });
      expect(secret).toEqual({
        ...empty,
        metadata: {
          ...empty.metadata,
          annotations: {
            'eggtooth.dev/fingerprint': result?.fingerprint,
            'eggtooth.dev/issue-count': '1',
            'eggtooth.dev/not-after': result?.notAfter.toISOString(),
          },
        },
        data: first?.data,
      });
      expect(Object.keys(secret?.data ?? {})).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    }
    const certificate = new X509Certificate(decode(first?.data?.['tls.crt']));
    const key = PrivateKey.fromPem(decode(first?.data?.['tls.key']));
    expect(certificate.checkPrivateKey(key.toKeyObject())).toBe(true);
    expect(certificate.subject).toBe('CN=assets-reader');
    expect(certificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(result?.fingerprint);
  });

  test.each<readonly [what: string, options: Partial<SignOptions>, seconds: number]>([
    ['of the bundle', {}, 30 * DAY],
    ['that is shorter', { duration: 600 }, 600],
  ])('signs for the duration %s from now on, and from 5 minutes ago', async (_, options, seconds) => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const [{ notBefore, notAfter } = { notBefore: new Date(0), notAfter: new Date(0) }] = await signed(options);
    const start = notAfter.getTime() - seconds * 1000;

    expect(start).toBeGreaterThanOrEqual(before);
    expect(start).toBeLessThanOrEqual(Date.now());
    expect(start - notBefore.getTime()).toBe(300_000);
  });

  test('signs for each reader, with a key of its own', async () => {
    const objects = ['one', 'two'].flatMap((name, index) =>
      bundleObjects({
        url: `https://${name}.example:6443`,
        name,
        namespaces: [name, `${name}-shop`],
        port: 8000 + index,
      }),
    );
    const results = await signed({ duration: DAY }, Chain.fromObjects(objects));

    expect(results.map(({ user }) => user)).toEqual(['one-reader', 'two-reader']);
    expect(new Set(results.flatMap(({ secrets }) => secrets.map(({ data }) => data?.['tls.key']))).size).toBe(2);
  });

  test('names the generation of the reader that the bundle has', async () => {
    const [result] = await signed({}, chainOf({ readerGeneration: 3 }));

    expect(result?.user).toBe('assets-reader:g3');
  });

  test.each(['RSA', 'Ed25519'] as const)('creates a key of kind %s on request', async (algorithm) => {
    const [result] = await signed({ algorithm });
    const [secret] = result?.secrets ?? [];

    expect(PrivateKey.fromPem(decode(secret?.data?.['tls.key'])).algorithm).toBe(algorithm);
  });
});

describe('ca.crt of the Secrets', () => {
  const caOf = async (options: Partial<SignOptions>, chain?: Chain) => {
    const [result] = await signed(options, chain);
    return { ca: decode(result?.secrets[0]?.data?.['ca.crt']), assumed: result?.assumedEndpoints };
  };

  test('is the CA that the bundle states', async () => {
    const found = await caOf({}, chainOf({ certificateAuthority: serverCa }));

    expect(found).toEqual({ ca: serverCa, assumed: [] });
  });

  test('is refused if the bundle states what is no certificate', async () => {
    const chain = chainOf({ certificateAuthority: serverCa.replace('MII', 'AII') });

    const { problem } = await refusal('ERR_EGGTOOTH_CA', signed({}, chain));
    expect(problem).toBe(`the CA is not a list of certificates in PEM: ${URL}`);
  });

  test('is every certificate that was given, if the bundle states none', async () => {
    const caCertificate = `# both\n${ca.certificate}${serverCa}`;

    expect(await caOf({ caCertificate })).toEqual({ ca: ca.certificate + serverCa, assumed: [URL] });
  });
});

describe('sign refuses', () => {
  test('a bundle without a duration', async () => {
    const { fix } = await refusal('ERR_EGGTOOTH_OPTION', signed({}, chainOf({ readerDuration: undefined })));

    expect(fix).toContain('readerDuration of BootstrapBundle');
  });

  test.each<readonly [what: string, options: Partial<SignOptions>, says: string]>([
    ['that is longer than the bundle states', { duration: 31 * DAY }, 'is longer than the 30d that the bundle states'],
    ['below 10 minutes', { duration: 599 }, 'invalid duration of a certificate: 599 s'],
    ['with a fraction', { duration: 600.5 }, 'invalid duration of a certificate: 600.5 s'],
    [
      'over the longest that is allowed',
      { maxDuration: 29 * DAY },
      'the duration 30d of the certificate of assets-reader is longer than 29d',
    ],
    ['if the longest is no number', { maxDuration: Number.NaN }, 'is longer than'],
  ])('a duration %s', async (_, options, says) => {
    expect((await refusal('ERR_EGGTOOTH_OPTION', signed(options))).problem).toContain(says);
  });

  test('a duration over 90 days, unless that is allowed', async () => {
    const chain = chainOf({ readerDuration: Duration.days(91) });
    const { problem, fix } = await refusal('ERR_EGGTOOTH_OPTION', signed({}, chain));

    expect(problem).toBe('the duration 91d of the certificate of assets-reader is longer than 90d');
    expect(fix).toContain('--max-duration 91d');
    expect(await signed({ maxDuration: 91 * DAY }, chain)).toHaveLength(1);
    expect(await signed({ duration: 90 * DAY }, chain)).toHaveLength(1);
  });

  test.each([
    [10 * DAY + 100, '--duration 10d,'],
    [7300, '--duration 2h,'],
    [1000, '--duration 16m,'],
    [500, 'renew the CA'],
  ])('a CA that expires in %i s, before the certificate, and says what fits: %s', async (notAfter, says) => {
    const { certificate, key } = await makeAuthority({ notAfter });
    const { problem, fix } = await refusal('ERR_EGGTOOTH_CA', signed({ caCertificate: certificate, caKey: key }));

    expect(problem).toMatch(/^the CA expires 20.*Z, before a certificate of 30d$/);
    expect(fix).toContain(says);
  });

  test('an object without a namespace, since there is no context', async () => {
    const objects = bundleObjects({ url: URL }).map((object) =>
      object.kind === 'Role' ? { ...object, metadata: { ...object.metadata, namespace: undefined } } : object,
    );
    await expect(signed({}, Chain.fromObjects(objects))).rejects.toMatchObject({ code: 'ERR_EGGTOOTH_BUNDLE' });
  });

  test('a chain that breaks a rule, before anything else', async () => {
    const objects = bundleObjects({ url: URL }).filter(({ kind }) => kind !== 'RoleBinding');
    const signing = sign(Chain.fromObjects(objects), { caCertificate: '', caKey: '' });

    await expect(signing).rejects.toMatchObject({ code: 'ERR_EGGTOOTH_CHAIN' });
  });
});

describe('The files of a CA', () => {
  let folder: string;
  let files: { readonly certificate: string; readonly key: string };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'eggtooth-ca-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  let count = 0;
  /** New files with the CA, the certificate readable by everybody, as kubeadm writes them. */
  const write = () => {
    const place = join(folder, `${count++}`);
    mkdirSync(place);
    files = { certificate: join(place, 'ca.crt'), key: join(place, 'ca.key') };
    writeFileSync(files.certificate, ca.certificate, { mode: 0o644 });
    writeFileSync(files.key, ca.key, { mode: 0o600 });
    return place;
  };

  test('are read', () => {
    write();

    expect(readCaFiles(files)).toEqual({ caCertificate: ca.certificate, caKey: ca.key });
  });

  test.each<readonly [what: string, change: (place: string) => void, says: string]>([
    ['if others may read the key', () => chmodSync(files.key, 0o640), 'may be read by others than its owner'],
    ['if the key has another name', (place) => linkSync(files.key, join(place, 'copy')), 'has 2 names'],
    [
      'if the key is a symbolic link',
      (place) => {
        symlinkSync(files.key, join(place, 'link'));
        files = { ...files, key: join(place, 'link') };
      },
      'is a symbolic link',
    ],
    ['if the key does not exist', () => rmSync(files.key), 'the file of the CA key does not exist'],
    ['if the key is a folder', (place) => (files = { ...files, key: place }), 'is not a regular file'],
    ['if the certificate does not exist', () => rmSync(files.certificate), 'CA certificate does not exist'],
    [
      'if the certificate is a folder',
      (place) => (files = { ...files, certificate: place }),
      'cannot be read (EISDIR)',
    ],
  ])('are refused %s', (_, change, says) => {
    const place = write();
    change(place);

    expect(errorOf('ERR_EGGTOOTH_FILE', () => readCaFiles(files)).problem).toContain(says);
  });

  test('that were exchanged are told from a key that others may read', () => {
    write();
    const { fix } = errorOf('ERR_EGGTOOTH_CA', () => readCaFiles({ certificate: files.key, key: files.certificate }));

    expect(fix).toContain('exchange the two');
  });
});
