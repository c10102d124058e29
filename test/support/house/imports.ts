import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

/** One import of a file: `type` is erased by the compiler, `dynamic` is loaded when the code asks for it. */
export interface Import {
  /** `src/errors.ts`, `./package.json` for a file that is not in the folder, or a module such as `node:fs`. */
  readonly target: string;
  readonly kind: 'static' | 'dynamic' | 'type';
  /** Whether it is an `export *`. */
  readonly star: boolean;
}

export type ImportMap = ReadonlyMap<string, readonly Import[]>;

/** What the TypeScript files of a folder import. */
export function readImports(folder: string): ImportMap {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => posix.join(folder, file))
    .sort();
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(file, 'utf8'), files)]));
}

/** What the text of a TypeScript file imports, type imports and dynamic imports included. */
export function importsOf(file: string, text: string, files: readonly string[]): readonly Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, kind: Import['kind'], star = false) => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier))
      imports.push({ target: resolve(file, specifier.text, files), kind, star });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, erased(node) ? 'type' : 'static');
    else if (ts.isExportDeclaration(node))
      add(node.moduleSpecifier, erased(node) ? 'type' : 'static', !isNamed(node.exportClause));
    else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference))
      add(node.moduleReference.expression, node.isTypeOnly ? 'type' : 'static');
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, 'type');
    else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], 'dynamic');
      else if (ts.isIdentifier(node.expression) && node.expression.text === 'require')
        add(node.arguments[0], 'dynamic');
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return imports;
}

const isNamed = (clause: ts.NamedExportBindings | undefined) => clause !== undefined && ts.isNamedExports(clause);

/** Whether the compiler leaves a declaration out: it is a type import, or names types alone. */
function erased(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly || allTypes(node.exportClause);
  const clause = node.importClause;
  if (clause === undefined) return false;
  return clause.isTypeOnly || (clause.name === undefined && allTypes(clause.namedBindings));
}

function allTypes(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return false;
  return bindings.elements.length > 0 && bindings.elements.every(({ isTypeOnly }) => isTypeOnly);
}

/** The file that a relative specifier names; any other specifier stays as it is. */
function resolve(file: string, specifier: string, files: readonly string[]): string {
  if (!specifier.startsWith('.')) return specifier;
  const path = posix.join(posix.dirname(file), specifier);
  const sources = [path.replace(/\.js$/, '.ts'), `${path}.ts`, posix.join(path, 'index.ts')];
  return sources.find((source) => files.includes(source)) ?? `./${path}`;
}
