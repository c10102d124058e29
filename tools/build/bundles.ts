import { type BuildOptions, build, type Metafile } from 'esbuild';
import { usedParts } from './used-parts';

/** Entry points that are bundled, by the file of the package that each becomes. */
const BUNDLES = {
  // One file starts in a third of the time. What only prints help starts without the other.
  'lib/eggtooth.js': 'src/cli/main.ts',
  'lib/run-command.js': 'src/cli/run-command.ts',
  // Only a kubeconfig with a SOCKS proxy needs it.
  'lib/src/cluster/socks-client.js': 'src/cluster/socks-client.ts',
} as const;

const options = {
  bundle: true,
  minify: true,
  external: ['./run-command.js'],
  // Loading an ES module takes longer.
  supported: { 'dynamic-import': false },
  platform: 'node',
  // As ES modules, so that what is not used can be left out.
  mainFields: ['module', 'main'],
  target: 'node20.19',
  metafile: true,
} as const satisfies BuildOptions;

const banner = { js: '/*! Licenses of the packages in this file: lib/THIRD_PARTY_NOTICES.txt of eggtooth */' };

/** Makes the bundles, and returns what each is made of, by the name of its file. */
export async function bundleAll({ write }: Pick<BuildOptions, 'write'> = {}): Promise<Record<string, Metafile>> {
  const bundles = Object.entries(BUNDLES).map(async ([outfile, entry]) => {
    const parts: Metafile['inputs'] = {};
    const plugins = [usedParts(options, parts)];
    const { metafile } = await build({ ...options, banner, entryPoints: [entry], outfile, write, plugins });
    return [outfile, { ...metafile, inputs: { ...metafile.inputs, ...parts } }] as const;
  });
  return Object.fromEntries(await Promise.all(bundles));
}
