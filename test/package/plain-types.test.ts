import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { checkout } from './support/run';
import { unpack } from './support/unpack';

/** The test of the types, as a file that is nowhere but in the compiler. */
const TEST_FILE = join(checkout, 'test/package/plain-types.test-d.ts');

describe('the types of Kubernetes objects in the package', () => {
  let unpacked: ReturnType<typeof unpack>;
  beforeAll(() => {
    unpacked = unpack(inject('tarball'));
  });
  afterAll(() => unpacked?.remove());

  test('name no type of cdk8s-plus-28, and none of cdk8s import, nor does any other declaration', () => {
    const declarations = unpacked.files.filter((file) => /\.d\.m?ts$/.test(file));

    expect(declarations.length).toBeGreaterThan(50);
    for (const file of declarations) {
      expect(readFileSync(join(unpacked.folder, file), 'utf8'), file).not.toMatch(/cdk8s-plus|toolkit\.fluxcd\.io'/);
    }
  });

  test.each(['kubernetes/k8s', 'kubernetes/flux-manifests'])('are the types of the sources: %s', (module) => {
    const names = readFileSync(join(checkout, `src/${module}.ts`), 'utf8').match(/(?<=^export type )\w+/gm);
    const faults = faultsOf(`
      import type * as source from '../../src/${module}';
      import type * as written from '../../lib/src/${module}';

      // Without optional fields: an object that lacks one would be assignable.
      type Full<T> = T extends object ? { [K in keyof T]-?: Full<T[K]> } : T;
      type Assignable<A, B> = [A, Full<A>] extends [B, Full<B>] ? true : false;
      ${names?.map(assertSame).join('')}`);

    expect(names?.length).toBeGreaterThan(4);
    expect(faults).toEqual([]);
  });
});

function assertSame(name: string): string {
  return `
      export const ${name}InSources: Assignable<written.${name}, source.${name}> = true;
      export const ${name}InPackage: Assignable<source.${name}, written.${name}> = true;`;
}

function faultsOf(text: string): readonly string[] {
  const { config } = ts.readConfigFile(join(checkout, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, checkout);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...rest) =>
    file === TEST_FILE ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([TEST_FILE], options, host));
  return diagnostics.map(({ messageText, start, length }) => {
    const where = text.slice(start, (start ?? 0) + (length ?? 0));
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
