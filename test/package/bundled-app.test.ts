import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { crdsVersions as versions } from '../../tools/crds/api-modules';
import { Consumer } from './support/consumer';
import { checkout } from './support/run';

/** What an ES module needs that holds CommonJS modules with requires of Node's own. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

interface Bundler {
  readonly name: string;
  bundle(entry: string, outfile: string): Promise<unknown>;
}

const bundlers: readonly Bundler[] = [
  {
    name: 'esbuild as CommonJS',
    bundle: (entry, outfile) =>
      esbuild({ entryPoints: [entry], outfile: `${outfile}.cjs`, bundle: true, platform: 'node', format: 'cjs' }),
  },
  {
    name: 'esbuild as an ES module',
    bundle: (entry, outfile) =>
      esbuild({
        entryPoints: [entry],
        outfile: `${outfile}.mjs`,
        bundle: true,
        platform: 'node',
        format: 'esm',
        banner: { js: REQUIRE },
      }),
  },
  {
    name: 'vite',
    bundle: (entry, outfile) =>
      vite({
        configFile: false,
        logLevel: 'error',
        root: join(entry, '..'),
        ssr: { noExternal: true },
        build: {
          ssr: entry,
          outDir: join(outfile, '..'),
          emptyOutDir: false,
          rollupOptions: { output: { entryFileNames: `[name].mjs` } },
        },
      }),
  },
];

describe.each(bundlers)('an app that is bundled by $name', ({ bundle }) => {
  let project: Consumer;
  beforeAll(async () => {
    project = Consumer.install('esm');
    for (const entry of ['main', 'crds']) await bundle(project.path(`${entry}.js`), project.path('bundled', entry));
  });
  afterAll(() => project?.remove());

  function run(entry: string, ...args: readonly string[]): string {
    let stdout = '';
    project.without(['cdk8s', 'constructs', 'eggtooth'], () => {
      const [file] = project.files('bundled').filter((name) => name.startsWith(entry));
      stdout = project.run('node', join('bundled', file ?? ''), ...args);
    });
    return stdout;
  }

  test('synthesizes the same bundle without any installed package', () => {
    run('main');

    expect(readFileSync(project.path('dist/bundle.k8s.yaml'), 'utf8')).toBe(
      readFileSync(join(checkout, 'test/fixtures/consumers/bundle.k8s.yaml'), 'utf8'),
    );
  });

  test('has the CRDs of every Flux release', () => {
    const crds: Record<string, unknown> = JSON.parse(run('crds', ...versions));

    expect(Object.keys(crds)).toEqual(versions);
    for (const version of versions) expect(crds[version]).toEqual(fluxCrds(version));
  });
});
