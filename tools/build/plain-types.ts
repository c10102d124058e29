import ts from 'typescript';

/**
 * The compiled declarations of a module, with every type that it exports written out: what remains are plain object
 * types, which refer to no other module.
 * @param file - the source of the module
 * @param declarations - what the compiler wrote for it
 */
export function plainTypes(program: ts.Program, file: string, declarations: string): string {
  const source = program.getSourceFile(file);
  if (source === undefined) throw new Error(`not part of the library: ${file}`);
  const writer = new TypeWriter(program.getTypeChecker(), source);
  const compiled = ts.createSourceFile(file, declarations, ts.ScriptTarget.Latest);
  const statements = compiled.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) return [];
    const text = statement.getFullText(compiled).trim();
    if (!ts.isTypeAliasDeclaration(statement)) return [text];
    const head = text.slice(0, text.length - statement.type.getFullText(compiled).length - ';'.length);
    return isExported(statement) ? [`${head} ${writer.writeAlias(statement.name.text)};`] : [];
  });
  return `${statements.join('\n')}\n`;
}

/** Writes types down; those that the module exports by their names, all others by their structure. */
class TypeWriter {
  private readonly aliases: ReadonlyMap<string, ts.Type>;
  private readonly names: ReadonlyMap<ts.Type, string>;

  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly source: ts.SourceFile,
  ) {
    const exported = source.statements.filter(ts.isTypeAliasDeclaration).filter(isExported);
    this.aliases = new Map(exported.map(({ name }) => [name.text, checker.getTypeAtLocation(name)]));
    this.names = new Map(Array.from(this.aliases, ([name, type]) => [type, name]));
  }

  writeAlias(name: string): string {
    const type = this.aliases.get(name);
    if (type === undefined) throw new Error(`no type: ${name} in ${this.source.fileName}`);
    return this.structure(type, '');
  }

  private write(type: ts.Type, indent: string): string {
    return this.names.get(type) ?? this.structure(type, indent);
  }

  private structure(type: ts.Type, indent: string): string {
    if (this.checker.isArrayType(type)) {
      const [items] = this.checker.getTypeArguments(type as ts.TypeReference).map((item) => {
        const text = this.write(item, indent);
        return item.isUnion() ? `(${text})` : text;
      });
      return `${type.symbol.name === 'ReadonlyArray' ? 'readonly ' : ''}${items}[]`;
    }
    if (type.isUnion() && type.types.some(isObject))
      return type.types.map((one) => this.write(one, indent)).join(' | ');
    return isObject(type) ? this.members(type, indent) : this.checker.typeToString(type);
  }

  private members(type: ts.Type, indent: string): string {
    const inner = `${indent}  `;
    const fields = type.getProperties().map((field) => this.field(field, inner));
    const entries = this.checker
      .getIndexInfosOfType(type)
      .map((index) => `readonly [key: string]: ${this.write(index.type, inner)};`);
    return `{\n${[...fields, ...entries].map((line) => `${inner}${line}\n`).join('')}${indent}}`;
  }

  private field(symbol: ts.Symbol, indent: string): string {
    const type = this.checker.getTypeOfSymbolAtLocation(symbol, this.source);
    if ((symbol.flags & ts.SymbolFlags.Optional) === 0) return `readonly ${symbol.name}: ${this.write(type, indent)};`;
    return `readonly ${symbol.name}?: ${this.write(this.withoutUndefined(type), indent)};`;
  }

  private withoutUndefined(type: ts.Type): ts.Type {
    // It would make `{}` of `unknown`.
    const isUnknown = (type.flags & ts.TypeFlags.Unknown) !== 0;
    return isUnknown ? type : this.checker.getNonNullableType(type);
  }
}

function isObject(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
}

function isExported({ modifiers }: ts.TypeAliasDeclaration): boolean {
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}
