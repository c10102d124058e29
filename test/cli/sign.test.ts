import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { makeAuthority, type TestAuthority } from '../pki/support/authorities';
import { expectError, readers, type Workspace, workspace } from './support/workspace';

let ca: TestAuthority;
beforeAll(async () => {
  ca = await makeAuthority();
});

/** A folder with a bundle and the files of the CA. */
function withCa(objects?: readonly object[]): Workspace {
  const place = workspace(objects);
  writeFileSync(place.path('ca.crt'), ca.certificate, { mode: 0o644 });
  writeFileSync(place.path('ca.key'), ca.key, { mode: 0o600 });
  return place;
}

const CA = ['--ca-cert', 'ca.crt', '--ca-key', 'ca.key'];
const sign = (...flags: string[]) => ['sign', 'bundle.yaml', ...CA, '--duration', '30d', ...flags];
const NAMES = [
  ['Secret', 'first-0', 'assets-tls'],
  ['Secret', 'second-0', 'assets-tls'],
];

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly data: Readonly<Record<string, string>>;
}
const namesOf = (items: readonly Manifest[]) =>
  items.map(({ kind, metadata: { namespace, name } }) => [kind, namespace, name]);

describe('sign prints the Secrets', () => {
  test('as YAML with a document each, and on standard error what was signed, with nothing of the key', async () => {
    const place = withCa();
    const { code, stdout, stderr } = await place.eggtooth(sign());
    const items: Manifest[] = parseAllDocuments(stdout).map((document) => document.toJSON());

    expect(code).toBe(0);
    expect(namesOf(items)).toEqual(NAMES);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^assets-reader: signed, P-256, valid until \d{4}-\d\d-\d\dT/),
      expect.stringMatching(/^ {2}fingerprint {2}[0-9a-f]{64}$/),
      '  secret       first-0/assets-tls',
      '  secret       second-0/assets-tls',
      '  ca.crt       the certificates of --ca-cert, since the bundle states no CA for https://example.org:6443: one of them must verify the API server too',
      '',
    ]);
    const key = Buffer.from(items[0]?.data['tls.key'] ?? '', 'base64').toString();
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const secrets = [key, ca.key].flatMap((pem) => pem.split('\n').filter((text) => /^[^-]{20}/.test(text)));
    expect(secrets.length).toBeGreaterThanOrEqual(4);
    for (const secret of secrets) expect(stderr).not.toContain(secret);
    expect(stdout).not.toContain(Buffer.from(ca.key).toString('base64'));
    expect(readdirSync(place.folder).sort()).toEqual(['bundle.yaml', 'ca.crt', 'ca.key']);
  });

  test.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', (text: string) => parse(text)],
  ])('as a List in the format of -o %s', async (format, read) => {
    const { stdout } = await withCa().eggtooth(sign('-o', format));
    const { apiVersion, kind, items } = read(stdout);

    expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'List' });
    expect(namesOf(items)).toEqual(NAMES);
  });

  test('of a bundle on standard input, and of the one that --bundle names', async () => {
    const place = withCa();
    const input = readFileSync(place.path('bundle.yaml'), 'utf8');
    const args = ['sign', '-', ...CA, '--duration', '1d', '-o', 'json'];

    expect(namesOf(JSON.parse((await place.eggtooth(args, { input })).stdout).items)).toEqual(NAMES);
    expectError(await place.eggtooth(sign('--bundle', 'x')), 'ERR_EGGTOOTH_OPTION', 'has the name "x"', 2);
  });

  test('of every reader', async () => {
    const { stdout, stderr } = await withCa(readers('assets', 'shop')).eggtooth(sign('-o', 'json'));

    expect(JSON.parse(stdout).items).toHaveLength(4);
    expect(stderr.match(/^[\w-]+: signed/gm)).toEqual(['assets-reader: signed', 'shop-reader: signed']);
  });
});

describe('sign prints nothing on standard output', () => {
  test('that is a terminal', async () => {
    const { folder } = withCa();
    const command = [process.execPath, resolve('lib/eggtooth.js'), ...sign()].map((word) => `'${word}'`).join(' ');
    const shown = await new Promise<string>((settle, reject) => {
      const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd: folder });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      child.on('error', reject);
      child.on('close', (code) => settle(`${text}exit code ${code}`));
    });

    expect(shown).toContain('error: the Secrets hold private keys, and standard output is a terminal');
    expect(shown).toMatch(/code: ERR_EGGTOOTH_OPTION\s+exit code 2$/);
    expect(shown).not.toContain('tls.key');
  });

  test('if others may read the key of the CA', async () => {
    const place = withCa();
    chmodSync(place.path('ca.key'), 0o644);
    const run = await place.eggtooth(sign());

    expectError(run, 'ERR_EGGTOOTH_FILE', 'the file of the CA key may be read by others than its owner: ca.key');
    expect(run.stderr).toContain('chmod 600');
  });

  test('if the files of the CA are exchanged', async () => {
    const run = await withCa().eggtooth(['sign', 'bundle.yaml', '--ca-cert', 'ca.key', '--ca-key', 'ca.crt']);

    expectError(run, 'ERR_EGGTOOTH_CA', 'the CA certificate holds a private key');
    expect(run.stderr).toContain('exchange the two');
  });

  test('without a duration, or with one over --max-duration', async () => {
    const place = withCa();

    expectError(
      await place.eggtooth(['sign', 'bundle.yaml', ...CA]),
      'ERR_EGGTOOTH_OPTION',
      'no duration is stated for the certificate of assets-reader',
      2,
    );
    const run = await place.eggtooth(sign('--duration', '91d'));
    expectError(
      run,
      'ERR_EGGTOOTH_OPTION',
      'the duration 91d of the certificate of assets-reader is longer than 90d',
      2,
    );
    expect((await place.eggtooth(sign('--duration', '91d', '--max-duration', '91d'))).code).toBe(0);
  });

  test('of a chain that breaks a rule', async () => {
    const objects = readers().filter(({ kind }) => kind !== 'RoleBinding');

    expectError(await withCa(objects).eggtooth(sign()), 'ERR_EGGTOOTH_CHAIN', 'reader-bound');
  });
});
