import ts from 'typescript';

/** The text with all code between comments and strings blotted out, and the marks of comments blank. */
export function proseOf(text: string): string {
  const { strings, patterns } = literals(text);
  const prose = text.replace(/\S/g, BLOT).split('');
  const keep = (start: number, kept: string) => prose.splice(start, kept.length, ...kept);

  const code = text.split('');
  for (const [start, end] of [...strings, ...patterns]) code.fill(BLOT, start, end);
  for (const { index, 0: comment } of code.join('').matchAll(/\/\*[\s\S]*?\*\/|\/\/.*/g))
    keep(
      index,
      comment.replace(COMMENT_MARK, (mark) => ' '.repeat(mark.length)),
    );
  for (const [start, end] of strings) keep(start + 1, text.slice(start + 1, end - 1));
  return prose.join('');
}

/** Stands for a character of code, so that words on both sides of code do not make a phrase. */
const BLOT = '\u0000';
const COMMENT_MARK = /^\/\*\*?|\*\/$|^\/\/|^ *\* ?/gm;

/** Where the strings, the parts of templates and the regular expressions of a program are, with their quotes. */
function literals(text: string) {
  const options = { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  const source = ts.createSourceFile('text.ts', text, options);
  const strings: [number, number][] = [];
  const patterns: [number, number][] = [];
  const visit = (node: ts.Node): void => {
    if (isString(node)) strings.push([node.getStart(source), node.end]);
    else if (ts.isRegularExpressionLiteral(node)) patterns.push([node.getStart(source), node.end]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { strings, patterns };
}

const isString = (node: ts.Node) =>
  ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
