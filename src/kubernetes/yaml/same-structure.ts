import { isScalar, type Node, Scalar } from 'yaml';
import { fault } from './yaml-fault';

// The parser follows YAML 1.2, Go's follows 1.1. Where they divide a text into different nodes, it is refused.

/** In a flow collection, `?` begins a key in YAML 1.1, `:` a value, and a comma is part of a tag. */
export function assertFlowScalar(node: unknown): void {
  if (isPlain(node) && node.tag !== undefined && node.value === '') {
    throw fault('kubectl reads a tag without a value within [] or {} in another way', node);
  }
  if (isPlain(node) && /^:|\?/.test(String(node.value))) {
    throw fault('kubectl reads : and ? within [] or {} in another way; put the value in quotes', node);
  }
}

/** In a flow collection, `a:` before a comma or a bracket is a key in YAML 1.2, but a string in 1.1. */
export function assertFlowPair(key: Node | null, value: Node | null, text: string): void {
  assertFlowScalar(key);
  assertFlowScalar(value);
  if (!isPlain(key)) return;
  const after = /^\s*:(?![\s])/.exec(text.slice(key.range?.[1], (key.range?.[2] ?? 0) + 2));
  if (after !== null) throw fault('kubectl needs a space after the colon of a key within [] or {}', key);
}

/** After the last line of a block scalar with an indentation indicator, the parser takes lines of spaces for empty ones. */
export function assertBlockScalar(node: Scalar, text: string): void {
  const [start = 0, end = 0] = node.range ?? [];
  const source = text.slice(start, end);
  if (/^[^\n]*\n[ \n]*\t/.test(source) && !/^[|>][-+]?[1-9]/.test(source)) {
    throw fault('kubectl refuses a tab in the indentation of this value', node);
  }
  if (!/^[|>][-+]?[1-9]/.test(source)) return;
  const tail = `${/\s*$/.exec(source)?.[0]}${/^\s*/.exec(text.slice(end))?.[0]}`;
  if (/\n +\n/.test(tail))
    throw fault('remove the spaces of the lines at the end of this value: kubectl reads them in another way', node);
}

/** In YAML 1.1, the name of an anchor ends where in 1.2 it goes on. */
export function assertAnchor(name: string, node: Node): void {
  if (!/^[-\w]+$/.test(name)) throw fault('an anchor needs a name of letters, digits, - and _', node);
}

function isPlain(node: unknown): node is Scalar {
  return isScalar(node) && node.type === Scalar.PLAIN;
}
