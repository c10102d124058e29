import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import manifest from '../../package.json';
import { crdsVersions } from '../../tools/crds/api-modules';
import { checkout, run } from './support/run';
import { unpack } from './support/unpack';

const PUBLISHED = [
  /^(package\.json|Containerfile|LICENSE|NOTICE|(ARCHITECTURE|CHANGELOG|CONTRIBUTING|README|SECURITY)\.md)$/,
  /^docs\//,
  /^examples\/[a-z-]+\/(main\.ts|cdk8s\.yaml)$/,
  /^test\/fixtures\/rbac\/[a-z]+\.yaml$/,
  /^lib\/(eggtooth|run-command)\.js$/,
  /^lib\/(src|imports)\/([a-z0-9-]+\/)*[a-z0-9.-]+\.(js|d\.ts)$/,
  /^lib\/THIRD_PARTY_NOTICES\.txt$/,
  /^lib\/crds\/[0-9.]+\.json$/,
  /^lib\/src\/([a-z-]+\/)?index\.(mjs|d\.mts)$/,
];

/** Files that hold other packages. */
const BUNDLES: readonly string[] = ['lib/eggtooth.js', 'lib/run-command.js', 'lib/src/cluster/socks-client.js'];

describe('the tarball', () => {
  let unpacked: ReturnType<typeof unpack>;
  beforeAll(() => {
    unpacked = unpack(inject('tarball'));
  });
  afterAll(() => unpacked?.remove());

  function read(file: string): string {
    return readFileSync(join(unpacked.folder, file), 'utf8');
  }

  test('holds the compiled library, the command line, the CRDs, the documents and the examples, and nothing else', () => {
    const documents = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs/cli.md', 'examples/cozystack/main.ts'];
    expect(unpacked.files).toEqual(
      expect.arrayContaining(['package.json', 'Containerfile', 'lib/eggtooth.js', ...documents]),
    );
    expect(unpacked.files.filter((file) => !PUBLISHED.some((pattern) => pattern.test(file)))).toEqual([]);
  });

  test('holds the CRDs of every release of Flux as they are in the checkout, and their NOTICE', () => {
    expect(unpacked.files.filter((file) => file.startsWith('lib/crds/'))).toEqual(
      crdsVersions.map((version) => `lib/crds/${version}.json`).sort(),
    );
    for (const [packed, file] of [
      ['NOTICE', 'NOTICE'],
      ...crdsVersions.map((version) => [`lib/crds/${version}.json`, `crds/${version}.json`]),
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

  test('has what the links of its documents lead to', () => {
    const documents = unpacked.files.filter((file) => /^(README|docs\/.*)\.md$/.test(file));
    const targets = documents.flatMap((document) => {
      const links = Array.from(read(document).matchAll(/\]\(([^)#\s]+)/g), ([, link = '']) => link);
      return links.filter((link) => !/^https:/.test(link)).map((link) => join(dirname(document), link));
    });

    expect(targets.length).toBeGreaterThan(10);
    const missing = targets.filter((target) => !unpacked.files.some((file) => `${file}/`.startsWith(`${target}/`)));
    expect(missing).toEqual([]);
  });

  test('loads nothing but its dependencies, its peers and Node', () => {
    const { dependencies, peerDependencies } = manifest;
    const modules = unpacked.files.filter((file) => /\.(m?js|d\.m?ts)$/.test(file) && !BUNDLES.includes(file));
    const loaded = modules.flatMap((file) => ts.preProcessFile(read(file), true, true).importedFiles);
    const names = loaded.map(({ fileName }) => fileName).filter((name) => !/^(\.|node:)/.test(name));

    expect([...new Set(names.map(packageName))].sort()).toEqual(
      [...Object.keys(dependencies), 'cdk8s', 'constructs'].sort(),
    );
    expect(Object.keys(peerDependencies)).toEqual(['cdk8s', 'cdk8s-plus-28', 'constructs']);
  });

  test('lists the modules that have side effects', () => {
    const modules = unpacked.files.filter((file) => file.endsWith('.js') && !BUNDLES.includes(file));
    const withSideEffects = modules.filter((file) => /^(require|import)\(?.*;$/m.test(read(file)));

    expect(manifest.sideEffects).toEqual(
      ['lib/eggtooth.js', 'lib/run-command.js', ...withSideEffects].map((file) => `./${file}`),
    );
  });

  test('says nothing of the machine that made it', () => {
    for (const file of unpacked.files) {
      const text = read(file);
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

/** The package of what is loaded, for example `a/b` of `@a/b/c`. */
function packageName(loaded: string): string {
  return loaded.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? '';
}
