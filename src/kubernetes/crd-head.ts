const START =
  /^(?:apiVersion: *apiextensions\.k8s\.io\/v1 *\r?\nkind: *CustomResourceDefinition *\r?\n|kind: *CustomResourceDefinition *\r?\napiVersion: *apiextensions\.k8s\.io\/v1 *\r?\n)/;
/** A line that is neither empty nor indented, nor a comment. */
const TOP = /(?<=\n)[^\s#][^\n]*/g;

/**
 * The text of a CustomResourceDefinition without its `spec`, which is nearly all of it. `undefined` if it cannot be told
 * from the first two lines, and from the beginnings of the others, that the document is one: then it must be parsed.
 */
export function crdWithoutSpec(text: string): string | undefined {
  const head = /^(?:\s*(?:#[^\n]*)?\n)*/.exec(text)?.[0].length ?? 0;
  const start = START.exec(text.slice(head));
  if (start === null) return undefined;
  const rest = text.slice(head + start[0].length - 1);
  let spec: { from: number; to: number } | undefined;
  for (const { 0: line, index } of rest.matchAll(TOP)) {
    if (spec !== undefined && spec.to === rest.length) spec.to = index;
    const [key] = /^(?:metadata|spec|status)(?=:)/.exec(line) ?? [];
    if (key === undefined) return undefined;
    if (key !== 'spec') continue;
    if (spec !== undefined || line.trimEnd() !== 'spec:') return undefined;
    spec = { from: index, to: rest.length };
  }
  return spec === undefined ? undefined : start[0] + rest.slice(1, spec.from) + rest.slice(spec.to);
}
