import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap } from 'yaml';
import { quote } from '../../errors';
import { type GoNumber, type GoScalar, isGoNumber, printFloatKey, resolvePlain } from './go-scalar';
import { assertAnchor, assertBlockScalar, assertFlowPair, assertFlowScalar } from './same-structure';
import { resolveTagged } from './tagged-scalar';
import { fault, YamlFault } from './yaml-fault';

type Fields = Record<string, unknown>;

/** A value with an anchor. */
interface Anchored {
  readonly node: Node;
  /** Absent while the value is being read. */
  value?: unknown;
  /** How many nodes Go reads for it. */
  nodes?: number;
}

/**
 * Reads the value of a document as Go does: scalars by the rules of {@link resolvePlain}, merge keys in their order, keys as
 * strings. What the parser divides in another way than Go is refused.
 *
 * @param contents - the nodes of a schema that leaves every scalar as it is written
 * @param text - the document
 * @throws YamlFault
 */
export function readValue(contents: Node, text: string): unknown {
  return new ValueReader(text).read(contents);
}

class ValueReader {
  private readonly anchors = new Map<string, Anchored>();
  /** Go counts the document too. */
  private nodes = 1;
  private fromAliases = 0;

  constructor(private readonly text: string) {}

  read(node: Node | null, isTop = true): unknown {
    this.count(node);
    if (node === null) return null;
    if (isAlias(node)) return this.alias(node.source, node);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor === undefined) return this.content(node, isTop);
    assertAnchor(anchor, node);
    const anchored: Anchored = { node };
    this.anchors.set(anchor, anchored);
    const before = this.nodes - 1;
    anchored.value = this.content(node, isTop);
    anchored.nodes = this.nodes - before;
    return anchored.value;
  }

  private content(node: Node, isTop: boolean): unknown {
    if (isScalar(node)) {
      if (isTop && isBlock(node)) throw fault('the document is a text', node);
      return this.scalar(node);
    }
    if (isMap(node)) return this.map(node, isTop);
    if (isSeq(node)) {
      if (node.flow === true) for (const item of node.items) assertFlowScalar(item);
      return node.items.map((item) => this.read(item as Node | null, false));
    }
    throw fault('this is no value', node);
  }

  /** A value is used again as it is: what aliases expand to is counted, but not copied. */
  private alias(name: string, node: Node): unknown {
    const anchored = this.anchors.get(name);
    if (anchored === undefined) throw fault(`there is no anchor &${quote(name)} before this alias`, node);
    if (anchored.nodes === undefined) throw fault(`the value of the anchor &${quote(name)} contains itself`, node);
    this.nodes += anchored.nodes;
    this.fromAliases += anchored.nodes;
    this.count(node, 0);
    return anchored.value;
  }

  private scalar(node: Scalar): unknown {
    if (isBlock(node)) assertBlockScalar(node, this.text);
    const scalar = scalarOf(node);
    return isGoNumber(scalar) ? numberValue(scalar, node) : scalar;
  }

  private map(node: YAMLMap, isTop: boolean): Fields {
    const fields: Fields = {};
    const own = new Set<string>();
    for (const { key, value } of node.items as readonly Pair<Node | null, Node | null>[]) {
      if (node.flow === true) assertFlowPair(key, value, this.text);
      if (isMerge(key)) {
        this.merge(value, fields, node);
        continue;
      }
      const name = this.key(key, node);
      const { size } = own;
      if (own.add(name).size === size) {
        throw fault(`the key ${quote(name)} is given twice in a map`, key ?? node, isTop ? name : undefined);
      }
      setField(fields, name, this.read(value, false));
    }
    return fields;
  }

  private key(node: Node | null, map: Node): string {
    if (node !== null && !isAlias(node) && !isScalar(node)) {
      throw fault('a key of a map is a map or a list itself; put templates such as {{ a }} in quotes', node);
    }
    if (node !== null && isScalar(node)) {
      this.count(node);
      if (node.anchor !== undefined) {
        assertAnchor(node.anchor, node);
        this.anchors.set(node.anchor, { node, value: this.scalar(node), nodes: 1 });
      }
      return keyOf(scalarOf(node), node);
    }
    const value = this.read(node, false);
    const anchored = node === null ? undefined : this.anchors.get((node as unknown as { source: string }).source)?.node;
    if (anchored !== undefined && isScalar(anchored)) return keyOf(scalarOf(anchored), node ?? map);
    throw fault(`a key of a map is ${value === null ? 'null' : 'a map or a list itself'}`, node ?? map);
  }

  /** Go sets merged keys where the merge key is: keys before it are replaced, keys after it replace. */
  private merge(value: Node | null, into: Fields, map: Node): void {
    if (value !== null && isSeq(value)) {
      // An earlier map has precedence.
      const maps = value.items as (Node | null)[];
      for (const item of maps.toReversed()) this.mergeMap(item, into, map);
    } else this.mergeMap(value, into, map);
  }

  private mergeMap(node: Node | null, into: Fields, map: Node): void {
    const merged = node === null ? null : this.read(node, false);
    if (typeof merged !== 'object' || merged === null || Array.isArray(merged)) {
      throw fault('the merge key << needs a map or a list of maps', node ?? map);
    }
    for (const [name, field] of Object.entries(merged)) setField(into, name, field);
  }

  /** Refuses what expands to far more than it is, by Go's own limits. */
  private count(node: Node | null, nodes = 1): void {
    this.nodes += nodes;
    if (this.fromAliases <= 100 || this.nodes <= 1000) return;
    if (this.fromAliases / this.nodes > allowedRatio(this.nodes)) {
      throw new YamlFault('aliases expand to more than kubectl reads', node?.range?.[0] ?? 0);
    }
  }
}

/** The share of nodes that may come from aliases: 99 % in documents of up to 400 000 nodes, down to 10 % in large ones. */
function allowedRatio(nodes: number): number {
  const [low, high] = [400_000, 4_000_000];
  return 0.99 - 0.89 * Math.min(1, Math.max(0, (nodes - low) / (high - low)));
}

function scalarOf(node: Scalar): GoScalar {
  const text = node.value as string;
  if (node.tag !== undefined) {
    const tagged = resolveTagged(node.tag, text);
    if ('refused' in tagged) throw fault(tagged.refused, node);
    return tagged.scalar;
  }
  return isPlain(node) ? resolvePlain(text) : text;
}

function isBlock({ type }: Scalar): boolean {
  return type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
}

function isPlain({ type }: Scalar): boolean {
  return type === undefined || type === Scalar.PLAIN;
}

function isMerge(key: Node | null): boolean {
  if (key === null || !isScalar(key) || key.value !== '<<') return false;
  return key.tag === undefined ? isPlain(key) : key.tag === 'tag:yaml.org,2002:merge' || key.tag === '!';
}

function numberValue({ value, digits }: GoNumber, node: Node): number {
  if (!Number.isFinite(value)) throw fault(`Kubernetes has no number ${value}; put it in quotes`, node);
  if (digits !== undefined && digits !== String(value)) {
    throw fault(`the number ${digits} has more digits than can be kept; put it in quotes`, node);
  }
  // JSON has no -0.
  return value === 0 ? 0 : value;
}

function keyOf(scalar: GoScalar, node: Node): string {
  if (typeof scalar === 'string') return scalar;
  if (typeof scalar === 'boolean') return String(scalar);
  if (scalar === null) throw fault('a key of a map is null; put it in quotes', node);
  if (scalar.unsigned === true) throw fault(`the key ${scalar.digits} is too large a number; put it in quotes`, node);
  return scalar.digits ?? printFloatKey(scalar.value);
}

/** Sets a field of any name: assigning `__proto__` would set none. */
function setField(fields: Fields, name: string, value: unknown): void {
  if (name !== '__proto__') fields[name] = value;
  else Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}
