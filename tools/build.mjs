import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const tsc = (...args) =>
  execFileSync('node', ['node_modules/typescript/bin/tsc', ...args], { stdio: ['ignore', 2, 2] });

rmSync('lib', { recursive: true, force: true });
tsc('-p', 'tsconfig.build.json');

// One file starts in a third of the time. Of the Kubernetes client only the kubeconfig is in it: its models have no
// side effects, so that what is not used can be left out.
await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'lib/eggtooth.js',
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20.19',
  alias: { '@kubernetes/client-node': './node_modules/@kubernetes/client-node/dist/config.js' },
  plugins: [
    {
      name: 'client-node-has-no-side-effects',
      setup({ onResolve, resolve }) {
        onResolve({ filter: /^\.{1,2}\// }, async ({ path, importer, resolveDir, kind, pluginData }) => {
          if (pluginData === 'resolved' || !importer.includes('@kubernetes/client-node/dist/')) return undefined;
          const found = await resolve(path, { importer, resolveDir, kind, pluginData: 'resolved' });
          return { ...found, sideEffects: false };
        });
      },
    },
  ],
});
chmodSync('lib/eggtooth.js', 0o755);

tsc('-p', 'examples');
