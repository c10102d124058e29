import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** Entry points that are bundled, by the file of the package that each becomes. */
const BUNDLES = {
  // One file starts in a third of the time.
  'lib/eggtooth.js': 'src/cli/main.ts',
  // The library uses this part of the Kubernetes client only: 0.2 of the 54 MB that the client takes.
  'lib/src/cluster/kubeconfig-reader.js': 'src/cluster/kubeconfig-reader.ts',
} as const;

/** Of the Kubernetes client only the kubeconfig is used: no generated API, no fetch, and SOCKS only when asked for. */
const kubeconfigOnly: Plugin = {
  name: 'kubeconfig-only',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({
      path: require.resolve('@kubernetes/client-node').replace(/index\.js$/, 'config.js'),
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

const options = {
  bundle: true,
  minify: true,
  platform: 'node',
  // As ES modules, so that what is not used can be left out.
  mainFields: ['module', 'main'],
  target: 'node20.19',
  plugins: [kubeconfigOnly],
  metafile: true,
  banner: { js: '/*! Licenses of the packages in this file: lib/THIRD_PARTY_NOTICES.txt of eggtooth */' },
} as const satisfies BuildOptions;

/** Makes the bundles, and returns what each is made of, by the name of its file. */
export async function bundleAll({ write }: Pick<BuildOptions, 'write'> = {}): Promise<Record<string, Metafile>> {
  const bundles = Object.entries(BUNDLES).map(async ([outfile, entry]) => {
    const { metafile } = await build({ ...options, entryPoints: [entry], outfile, write });
    return [outfile, metafile] as const;
  });
  return Object.fromEntries(await Promise.all(bundles));
}
