import type { Node } from 'yaml';

/** What is wrong with a YAML document. */
export class YamlFault extends Error {
  constructor(
    /** What is wrong, without a position. */
    readonly reason: string,
    /** Position in the text of the document. */
    readonly offset: number,
    /** A key at the top level that is given twice. */
    readonly repeatedKey?: string,
    /** Whether the text is no YAML at all; false if only its values are wrong. */
    readonly isSyntax = false,
  ) {
    super(reason);
  }
}

/** What is wrong with a node. */
export function fault(reason: string, node: Node, repeatedKey?: string): YamlFault {
  return new YamlFault(reason, node.range?.[0] ?? 0, repeatedKey);
}
