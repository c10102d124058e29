import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import manifest from '../../package.json';
import { fluxReleases } from '../../src/constructs/flux-aio/flux-releases';
import { checkout, run } from './support/run';
import { unpack } from './support/unpack';

const PUBLISHED = [
  /^(package\.json|README\.md|LICENSE|NOTICE)$/,
  /^lib\/eggtooth\.js$/,
  /^lib\/(src|imports)\/([a-z0-9-]+\/)*[a-z0-9.-]+\.(js|d\.ts)$/,
  /^lib\/THIRD_PARTY_NOTICES\.txt$/,
  /^lib\/crds\/[0-9.]+\.json$/,
  /^lib\/src\/([a-z-]+\/)?index\.(mjs|d\.mts)$/,
];

describe('the tarball', () => {
  let unpacked: ReturnType<typeof unpack>;
  beforeAll(() => {
    unpacked = unpack(inject('tarball'));
  });
  afterAll(() => unpacked?.remove());

  test('holds the compiled library, the command line, the CRDs, README, LICENSE and NOTICE, and nothing else', () => {
    expect(unpacked.files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'lib/eggtooth.js']));
    expect(unpacked.files.filter((file) => !PUBLISHED.some((pattern) => pattern.test(file)))).toEqual([]);
  });

  test('holds the CRDs of every release of Flux as they are in the checkout, and their NOTICE', () => {
    expect(unpacked.files.filter((file) => file.startsWith('lib/crds/'))).toEqual(
      Object.keys(fluxReleases).map((version) => `lib/crds/${version}.json`),
    );
    for (const [packed, file] of [
      ['NOTICE', 'NOTICE'],
      ...Object.keys(fluxReleases).map((version) => [`lib/crds/${version}.json`, `crds/${version}.json`]),
    ] as const) {
      expect(readFileSync(join(unpacked.folder, packed)).equals(readFileSync(join(checkout, file))), file).toBe(true);
    }
  });

  test('has every file that package.json points at', () => {
    const { main, types, bin, exports, typesVersions } = manifest;
    const targets = JSON.stringify([main, types, bin, exports, typesVersions]).match(/(?<=")(\.\/)?lib\/[^"]*/g) ?? [];

    expect(targets.length).toBeGreaterThan(10);
    for (const target of targets) expect(unpacked.files).toContain(target.replace('./', ''));
  });

  test('says nothing of the machine that made it', () => {
    for (const file of unpacked.files) {
      const text = readFileSync(join(unpacked.folder, file), 'utf8');
      for (const path of [checkout, `${homedir()}/`, `${tmpdir()}/eggtooth`]) expect(text, file).not.toContain(path);
      expect(text, file).not.toMatch(/^\/\/# sourceMappingURL=/m);
    }
  });

  test('pleases publint', () => {
    expect(run(checkout, 'node_modules/.bin/publint', inject('tarball'), '--strict')).toContain('All good!');
  });

  test('has types that resolve in every way, without exports too (are the types wrong?)', () => {
    expect(run(checkout, 'node_modules/.bin/attw', inject('tarball'))).toContain('No problems found');
  });
});
