import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PrivateKey } from '../../../src/pki/private-key';
import { readKeyFile, writeKeyFile } from '../../../src/signing/request/key-file';

const pemOf = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const PEM = pemOf('P-256');

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-key-test-'));
  file = join(folder, 'tls.key');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const write = (text = PEM) => writeFileSync(file, text, { mode: 0o600 });

describe('A key file', () => {
  test('is written for its owner only and read back, with the duration that was asked for', () => {
    writeKeyFile(file, PrivateKey.fromPem(PEM), { duration: 86_400 });

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readKeyFile(file)).toMatchObject({ duration: 86_400 });
    expect(readKeyFile(file)?.key.revealPem()).toBe(PEM);
  });

  test('is nothing but the key if the duration is left to the cluster', () => {
    writeKeyFile(file, PrivateKey.fromPem(PEM));

    expect(readFileSync(file, 'utf8')).toBe(PEM);
    expect(readKeyFile(file)).not.toHaveProperty('duration');
  });

  test('with a duration is a key for OpenSSL too', () => {
    writeKeyFile(file, PrivateKey.fromPem(PEM), { duration: 600 });

    expect(execFileSync('openssl', ['pkey', '-in', file, '-outform', 'PEM'], { encoding: 'utf8' })).toBe(PEM);
  });

  test('is never overwritten, whatever it is', () => {
    execFileSync('mkfifo', [file]);
    expect(() => writeKeyFile(file, PrivateKey.fromPem(PEM))).toThrow('the key file exists already');
  });

  test('that does not exist is no error', () => {
    expect(readKeyFile(file)).toBeUndefined();
  });
});

describe('A key file is refused', () => {
  test.each<readonly [what: string, make: () => void, says: string]>([
    [
      'at once if it is a named pipe that nobody writes to',
      () => execFileSync('mkfifo', ['-m', '600', file]),
      'is not a regular file',
    ],
    ['if it is a folder', () => mkdirSync(file, { mode: 0o700 }), 'is not a regular file'],
    [
      'if it has another name, which somebody may have made before',
      () => {
        write();
        linkSync(file, join(folder, 'other'));
      },
      'has 2 names',
    ],
    [
      'if it belongs to somebody else',
      () => {
        write();
        vi.spyOn(process, 'getuid').mockReturnValue(statSync(file).uid + 1);
      },
      'belongs to somebody else',
    ],
    [
      'if its group may write it',
      () => {
        write();
        chmodSync(file, 0o620);
      },
      'may be read by others than its owner',
    ],
    ['if its key is on P-384', () => write(pemOf('P-384')), 'holds a key of kind secp384r1'],
    ['if its key is on secp256k1', () => write(pemOf('secp256k1')), 'holds a key of kind secp256k1'],
    ['if it holds no key', () => write('expirationSeconds: 600\n'), 'holds no private key in PEM'],
  ])('%s', (_, make, says) => {
    make();

    expect(() => readKeyFile(file)).toThrow(
      expect.objectContaining({
        code: 'ERR_EGGTOOTH_FILE',
        problem: expect.stringMatching(new RegExp(`^the key file ${says}.*: ${file}$`)),
      }),
    );
  });
});
