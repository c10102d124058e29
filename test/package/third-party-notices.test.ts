import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { bundleAll } from '../../tools/build/bundles';
import { thirdPartyNotices } from '../../tools/build/third-party-notices';
import { unpack } from './support/unpack';

describe('THIRD_PARTY_NOTICES.txt of the package', () => {
  let unpacked: ReturnType<typeof unpack>;
  beforeAll(() => {
    unpacked = unpack(inject('tarball'));
  });
  afterAll(() => unpacked?.remove());

  test('names every package in the bundles, with a license text', async () => {
    const bundles = await bundleAll({ write: false });
    const inputs = Object.values(bundles).flatMap((bundle) => Object.keys(bundle.inputs));
    const bundled = inputs.flatMap(
      (file) => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/)?.[1] ?? [],
    );
    const [, ...notices] = readFileSync(join(unpacked.folder, 'lib/THIRD_PARTY_NOTICES.txt'), 'utf8').split(/^=+\n/m);

    expect(new Set(notices.map((notice) => notice.split(' ')[0]))).toEqual(new Set(bundled));
    expect(bundled).toEqual(expect.arrayContaining(['@peculiar/x509', 'commander', 'socks']));
    for (const notice of notices)
      expect(notice).toMatch(/Permission (to use|is hereby)|Redistribution and use|Apache License/);
  });

  test('is what the bundles refer to', () => {
    for (const file of ['lib/eggtooth.js', 'lib/run-command.js', 'lib/src/cluster/socks-client.js']) {
      expect(readFileSync(join(unpacked.folder, file), 'utf8')).toContain('lib/THIRD_PARTY_NOTICES.txt of eggtooth');
    }
  });
});

describe('the notice of a package', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'eggtooth-notices-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function noticesOf(name: string, packageJson: object, files: Readonly<Record<string, string>>): string {
    const home = join(folder, 'node_modules', name);
    mkdirSync(home, { recursive: true });
    const all = { ...files, 'package.json': JSON.stringify({ name, version: '1.2.3', ...packageJson }) };
    for (const [file, text] of Object.entries(all)) writeFileSync(join(home, file), text);
    const input = { bytes: 1, imports: [] };
    return thirdPartyNotices({ 'app.js': { inputs: { [join(home, 'dist/index.js')]: input }, outputs: {} } });
  }

  test('holds its license, its notice and its copyright', () => {
    const texts = { 'LICENSE-MIT.txt': 'the license', NOTICE: 'the notice', 'CopyrightNotice.txt': 'the copyright' };
    const notices = noticesOf('@scope/all', { license: 'MIT' }, { ...texts, 'license.js': 'no text' });

    expect(notices).toContain('@scope/all 1.2.3\nLicense: MIT\n\nthe copyright\n\nthe license\n\nthe notice\n');
    expect(notices).not.toContain('no text');
  });

  test.each([
    ['a text', 'Somebody <somebody@example.org>', 'Somebody <somebody@example.org>'],
    ['an object', { name: 'Somebody' }, 'Somebody'],
  ])('holds the name of its license and its author, which is %s, if it has no such file', (_, author, name) => {
    expect(noticesOf('bare', { license: 'ISC', author }, {})).toContain(`bare 1.2.3\nLicense: ISC\nAuthor: ${name}\n`);
  });
});
