import { dirname } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** What the bundles use of packages. The rest of them is left out. */
const USED: Readonly<Record<string, readonly string[]>> = {
  '@peculiar/x509': [
    'AuthorityKeyIdentifierExtension',
    'BasicConstraintsExtension',
    'ExtendedKeyUsage',
    'ExtendedKeyUsageExtension',
    'KeyUsageFlags',
    'KeyUsagesExtension',
    'Pkcs10CertificateRequestGenerator',
    'PublicKey',
    'SubjectKeyIdentifierExtension',
    'X509Certificate',
    'X509CertificateGenerator',
  ],
};

/** Modules that are loaded when one of these functions or classes is first used. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  'node:child_process': ['spawn'],
  'node:readline/promises': ['createInterface'],
};

/** Modules that no used part needs: PKCS #7. */
const UNUSED = /^@peculiar\/asn1-(cms|pkcs9)$/;

/**
 * Bundles the used parts of packages, each as one module, so that all else can be left out.
 * @param inputs - learns what the parts are made of
 */
export const usedParts = (options: BuildOptions, inputs: Metafile['inputs']): Plugin => ({
  name: 'used-parts',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /./ }, ({ path, namespace, resolveDir }) => {
      if (path in LATE && namespace !== 'late') return { path, namespace: 'late', pluginData: resolveDir };
      const isPart = path in USED || (namespace === 'late' && !path.startsWith('node:'));
      return isPart ? { path, namespace: 'part', pluginData: resolveDir } : undefined;
    });
    onLoad({ filter: /./, namespace: 'late' }, ({ path, pluginData: resolveDir }) => ({
      contents: lateModule(path, LATE[path] ?? []),
      resolveDir,
    }));
    onLoad({ filter: /./, namespace: 'part' }, async ({ path, pluginData: resolveDir }) => {
      const names = USED[path] ?? LATE[path] ?? [];
      const part = await build({
        ...options,
        stdin: { contents: `export { ${names.join(', ')} } from '${path}';`, resolveDir },
        format: 'esm',
        external: Object.keys(LATE).filter((late) => late !== path),
        write: false,
        plugins: [withoutUnused],
      });
      Object.assign(inputs, part.metafile?.inputs);
      return { contents: part.outputFiles?.[0]?.text, resolveDir: dirname(require.resolve(path)) };
    });
  },
});

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: 'unused' }));
    // CommonJS, because an ES module would have to list the names.
    onLoad({ filter: /./, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
    // Their decorators register the class that they are on, and nothing else.
    onResolve({ filter: /^@peculiar\/asn1-|^\./ }, async ({ path, pluginData, ...args }) => {
      if (pluginData === 'resolving' || !/\/@peculiar\//.test(args.importer)) return undefined;
      return { ...(await resolve(path, { ...args, pluginData: 'resolving' })), sideEffects: false };
    });
  },
};

function lateModule(path: string, names: readonly string[]): string {
  const functions = names.map(
    (name) => `export function ${name}(...args) {
      const late = require('${path}').${name};
      return new.target ? new late(...args) : late(...args);
    }`,
  );
  return [...functions, `export default { ${names.join(', ')} };`].join('\n');
}
