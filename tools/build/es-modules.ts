import { resolve } from 'node:path';
import type ts from 'typescript';
import manifest from '../../package.json';

/** The compiled entry points of the package, without extension. */
export const entryPoints = Object.values(manifest.exports)
  .filter((entry) => typeof entry === 'object')
  .map((entry) => entry.require.default.replace(/^\.\/(.*)\.js$/, '$1'));

/**
 * What `import` finds at a compiled entry point: all that `require` finds there, by name. With `export *` the names would
 * depend on what Node detects in the CommonJS module.
 */
export function esModule(program: ts.Program, entryPoint: string): Readonly<Record<'.mjs' | '.d.mts', string>> {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(resolve(`${entryPoint.replace(/^lib\//, '')}.ts`));
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`not an entry point: ${entryPoint}`);
  const values = Object.keys(require(resolve(entryPoint)));
  const names = checker.getExportsOfModule(module).map(({ name }) => (values.includes(name) ? name : `type ${name}`));
  return { '.mjs': reexport(values), '.d.mts': reexport(names) };
}

function reexport(names: readonly string[]): string {
  return `export {\n${names.map((name) => `  ${name},\n`).join('')}} from './index.js';\n`;
}
