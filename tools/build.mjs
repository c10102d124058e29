import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const tsc = (...args) =>
  execFileSync('node', ['node_modules/typescript/bin/tsc', ...args], { stdio: ['ignore', 2, 2] });

/** Of the Kubernetes client the command line uses the kubeconfig alone: no generated API, no fetch, and SOCKS only when asked for. */
const kubeconfigOnly = {
  name: 'kubeconfig-only',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({
      path: `${process.cwd()}/node_modules/@kubernetes/client-node/dist/config.js`,
    }));
    onResolve({ filter: /^(\.\/gen\/index\.js|node-fetch)$/ }, ({ path, importer }) =>
      importer.includes('/client-node/') ? { path, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'unused' }, () => ({
      contents: ['createConfiguration', 'ServerConfiguration', 'Headers']
        .map((name) => `export const ${name} = undefined;`)
        .join('\n'),
    }));
    onResolve({ filter: /^socks-proxy-agent$/ }, ({ path, namespace, resolveDir }) =>
      namespace === 'lazy' ? undefined : { path, namespace: 'lazy', pluginData: resolveDir },
    );
    onLoad({ filter: /./, namespace: 'lazy' }, ({ path, pluginData: resolveDir }) => ({
      contents: `export function SocksProxyAgent(...args) { return new (require('${path}').SocksProxyAgent)(...args); }`,
      resolveDir,
    }));
  },
};

// The CRDs of Flux, while the compiler runs: the first time on a machine they take longer than it does.
const crds = once(
  spawn(process.execPath, ['--import', 'tsx', 'tools/crds/make.ts'], { stdio: ['ignore', 2, 2] }),
  'exit',
);

rmSync('lib', { recursive: true, force: true });
tsc('-p', 'tsconfig.build.json');

// One file starts in a third of the time.
await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'lib/eggtooth.js',
  bundle: true,
  minify: true,
  platform: 'node',
  // As ES modules, so that what is not used can be left out.
  mainFields: ['module', 'main'],
  target: 'node20.19',
  plugins: [kubeconfigOnly],
});
chmodSync('lib/eggtooth.js', 0o755);

tsc('-p', 'examples');

const [status] = await crds;
if (status !== 0) process.exit(1);
cpSync('crds', 'lib/crds', { recursive: true });
