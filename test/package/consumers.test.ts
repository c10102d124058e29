import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { crdsVersions } from '../../tools/crds/api-modules';
import { Consumer } from './support/consumer';
import { checkout } from './support/run';

/** What a synth must not wait for. */
const NOT_FOR_SYNTH = ['@peculiar/x509', 'reflect-metadata'];

const LOADED: Readonly<Record<string, readonly string[]>> = {
  esm: [
    '--input-type=module',
    '--eval',
    "import './main.js'; import m from 'node:module';" +
      "console.log(JSON.stringify(Object.keys(m.createRequire(process.cwd() + '/x.js').cache)))",
  ],
  commonjs: ['--eval', "require('./main.js'); console.log(JSON.stringify(Object.keys(require.cache)))"],
};

/** What an entry point exports. */
interface Names {
  readonly names: readonly string[];
  readonly required: readonly string[];
  readonly same: readonly string[];
}

describe.each([
  { fixture: 'esm', types: 'types.mts' },
  { fixture: 'commonjs', types: 'types.cts' },
])('a project of type $fixture', ({ fixture, types }) => {
  let project: Consumer;
  beforeAll(() => {
    project = Consumer.install(fixture);
  });
  afterAll(() => project?.remove());

  test('gets its peers from npm, and not the optional one', () => {
    for (const peer of ['cdk8s', 'constructs']) expect(existsSync(project.path('node_modules', peer)), peer).toBe(true);
    expect(existsSync(project.path('node_modules/cdk8s-plus-28'))).toBe(false);
  });

  test('synthesizes a bundle', () => {
    project.run('node', 'main.js');

    expect(readFileSync(project.path('dist/bundle.k8s.yaml'), 'utf8')).toBe(
      readFileSync(join(checkout, 'test/fixtures/consumers/bundle.k8s.yaml'), 'utf8'),
    );
  });

  test('loads nothing for a synth that only signing or types need', () => {
    const files: readonly string[] = JSON.parse(project.run('node', ...(LOADED[fixture] ?? [])));
    const packages = new Set(files.map((file) => /.*\/node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[1]));

    expect(files.filter((file) => /socks-client\.js$|\/crds\//.test(file))).toEqual([]);
    expect([...packages]).toEqual(expect.arrayContaining(['cdk8s', 'constructs', 'eggtooth']));
    expect([...packages].filter((name) => NOT_FOR_SYNTH.includes(name ?? ''))).toEqual([]);
  });

  test('synthesizes even where those packages are missing, and cannot sign there', () => {
    rmSync(project.path('dist'), { recursive: true, force: true });
    project.without(NOT_FOR_SYNTH, () => {
      project.run('node', 'main.js');
      const { status, stderr } = project.tryRun('node', 'sign.js');

      expect(existsSync(project.path('dist/bundle.k8s.yaml'))).toBe(true);
      expect(status).not.toBe(0);
      expect(stderr).toMatch(/Cannot find (module|package) '(reflect-metadata|@peculiar\/x509)'/);
    });
  });

  test('makes a request with eggtooth/signing', () => {
    expect(project.run('node', 'sign.js')).toMatch(
      /^-----BEGIN CERTIFICATE REQUEST-----\n[\s\S]*-----END [A-Z ]*-----\n$/,
    );
  });

  test('reaches the clusters of a kubeconfig, through a SOCKS proxy too', () => {
    expect(project.run('node', 'cluster.js')).toBe('https://direct.example:6443\nhttps://socks.example:6443\n');
  });

  test('gets the CRDs of every release of Flux, and is told what to do where they are lost', () => {
    const versions = crdsVersions;
    const crds: Record<string, unknown> = JSON.parse(project.run('node', 'crds.js', ...versions));

    expect(Object.keys(crds)).toEqual(versions);
    for (const version of versions) expect(crds[version]).toEqual(fluxCrds(version));

    project.without(['eggtooth/lib/crds'], () => {
      const { status, stderr } = project.tryRun('node', 'crds.js', '2.9.5');

      expect(status).not.toBe(0);
      expect(stderr).toMatch(/EggtoothError: cannot read the CRDs of Flux 2\.9\.5\n +fix: .*install the package again/);
    });
  });

  test('gets the same values by import and by require, from every entry point', () => {
    const entries: Readonly<Record<string, Names>> = JSON.parse(project.run('node', 'identity.js'));

    expect(Object.keys(entries)).toEqual(['eggtooth', 'eggtooth/signing', 'eggtooth/up', 'eggtooth/migration']);
    for (const [entry, { names, required, same }] of Object.entries(entries)) {
      expect(required.length, entry).toBeGreaterThan(3);
      expect(same, entry).toEqual(required);
      expect(names, entry).toEqual(required);
    }
  });

  test(`type-checks ${types}, declarations of the package included`, () => {
    const tsc = join(checkout, 'node_modules/typescript/bin/tsc');

    expect(project.run('node', tsc, '--project', '.', '--listFilesOnly')).toContain(types);
    expect(project.run('node', tsc, '--project', '.')).toBe('');
  });

  test('runs the installed eggtooth and kubectl-eggtooth', () => {
    project.run('node', 'main.js');
    const manifest = project.bin('eggtooth', 'csr', 'dist', '--key-out', 'reader.key');

    expect(manifest).toContain('kind: CertificateSigningRequest');
    expect(readFileSync(project.path('reader.key'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(statSync(project.path('reader.key')).mode & 0o777).toBe(0o600);
    expect(project.bin('kubectl-eggtooth', '--version')).toBe(`${version}\n`);
  });
});
