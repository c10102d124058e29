import { dirname, relative } from 'node:path';
import ts from 'typescript';

/**
 * The declarations of a module of type aliases, with the types of other packages written out: what remains are plain
 * object types, and the names of aliases that this module and its neighbors export.
 */
export function plainTypes(program: ts.Program, file: string): string {
  const [source, checker] = [program.getSourceFile(file), program.getTypeChecker()];
  if (source === undefined) throw new Error(`not part of the library: ${file}`);
  return new Writer(checker, source).writeAll();
}

class Writer {
  private readonly names = new Map<ts.Type, string>();
  private readonly imported = new Map<string, Set<string>>();

  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly source: ts.SourceFile,
  ) {}

  /** The declarations of all aliases that the module exports, after the imports that they need. */
  writeAll(): string {
    const aliases = this.source.statements.filter(ts.isTypeAliasDeclaration).filter(isExported);
    for (const { name } of aliases) this.names.set(this.checker.getTypeAtLocation(name), name.text);
    const declarations = aliases.map((alias) => this.declaration(alias));
    return `${[...this.imports(), ...declarations].join('\n\n')}\n`;
  }

  private declaration(alias: ts.TypeAliasDeclaration): string {
    const comments = ts.getJSDocCommentsAndTags(alias).map((comment) => `${comment.getText()}\n`);
    const type = this.structure(this.checker.getTypeAtLocation(alias.name), '');
    return `${comments.join('')}export type ${alias.name.text} = ${type};`;
  }

  private imports(): readonly string[] {
    return [...this.imported].map(([module, names]) => `import type { ${[...names].join(', ')} } from '${module}';`);
  }

  private write(type: ts.Type, indent: string): string {
    return this.names.get(type) ?? this.neighbor(type) ?? this.structure(type, indent);
  }

  /** The name of an alias of another module of the library; one with parameters is written out. */
  private neighbor({ aliasSymbol, aliasTypeArguments }: ts.Type): string | undefined {
    const file = aliasSymbol?.declarations?.[0]?.getSourceFile();
    if (aliasSymbol === undefined || file === undefined || aliasTypeArguments !== undefined) return undefined;
    if (file.isDeclarationFile || file === this.source) return undefined;
    const module = `./${relative(dirname(this.source.fileName), file.fileName).replace(/\.ts$/, '')}`;
    this.imported.set(module, (this.imported.get(module) ?? new Set()).add(aliasSymbol.name));
    return aliasSymbol.name;
  }

  private structure(type: ts.Type, indent: string): string {
    if (this.checker.isArrayType(type)) {
      const [items] = this.checker.getTypeArguments(type as ts.TypeReference).map((item) => {
        const text = this.write(item, indent);
        return item.isUnion() ? `(${text})` : text;
      });
      return `readonly ${items}[]`;
    }
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return this.checker.typeToString(type);
    const inner = `${indent}  `;
    const fields = type.getProperties().map((field) => this.field(field, inner));
    const entries = this.checker
      .getIndexInfosOfType(type)
      .map((index) => `readonly [key: string]: ${this.write(index.type, inner)};`);
    return `{\n${[...fields, ...entries].map((line) => `${inner}${line}\n`).join('')}${indent}}`;
  }

  private field(symbol: ts.Symbol, indent: string): string {
    const type = this.checker.getTypeOfSymbolAtLocation(symbol, this.source);
    const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
    // Of `unknown` it would make `{}`.
    const present = optional && type.isUnion() ? this.checker.getNonNullableType(type) : type;
    return `readonly ${symbol.name}${optional ? '?' : ''}: ${this.write(present, indent)};`;
  }
}

function isExported({ modifiers }: ts.TypeAliasDeclaration): boolean {
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}
