import { basename, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { groupOf, type KubeObject } from './kube-object';
import { bundleOf } from './labels';

/** An object, and the file that it comes from. */
export interface FileObject {
  /** The object. */
  readonly object: KubeObject;
  /** Path of the file. */
  readonly file: string;
}

/** A bundle among the manifests of some files. */
export interface ManifestBundle {
  /** Name of its file or folder, without what cdk8s adds; its label `eggtooth.dev/bundle` if its file has others. */
  readonly name: string;
  /** Other names that choose it. */
  readonly aliases: readonly string[];
  /** Its files, those included that it shares with other bundles. */
  readonly files: readonly string[];
  /** Its objects, in the order of the files. What two files define equally is included once. */
  readonly objects: readonly KubeObject[];
}

/** The manifests below a folder, in a file, or in a file and with one label. */
interface Part {
  readonly path: string;
  readonly entries: readonly FileObject[];
  readonly labels: readonly string[];
}

/** Some parts, and for each the parts that contradict it. */
type Contradictions = ReadonlyMap<Part, ReadonlySet<Part>>;

/**
 * Tells the bundles among the manifests of some files apart. A cluster has one object of an identity, so files that
 * define one differently belong to different bundles. The parts that are told apart are as large as they can be: folders,
 * then files, then the objects of a file by their label `eggtooth.dev/bundle`. A part that contradicts no other, such as
 * a file of CustomResourceDefinitions, belongs to each bundle, or to those whose label it has.
 *
 * @param entries - the objects in their order
 * @returns one bundle if no files contradict each other; `undefined` if they do and it is unclear which belong together
 */
export function splitBundles(entries: readonly FileObject[]): readonly ManifestBundle[] | undefined {
  const parts = partsOf(partFrom(commonPath(entries), entries));
  const contradictions = contradictionsOf(parts);
  const isContested = (part: Part) => contradictions.get(part)?.size !== 0;
  const contested = parts.filter(isContested);
  if (contested.length === 0) return named([parts], [entries]);
  const groups = groupParts(contested, contradictions);
  const others = parts.filter((part) => !isContested(part));
  return groups && assemble(entries, groups, others);
}

/** Tells bundles apart that do not contradict each other, by their label; what has none belongs to each. */
export function splitByLabel(entries: readonly FileObject[]): readonly ManifestBundle[] {
  const parts = groupBy(entries, ({ file }) => file).flatMap((group) => {
    const part = partFrom(group[0].file, group);
    return part.labels.length > 1 ? childrenOf(part) : [part];
  });
  const isLabeled = ({ labels }: Part) => labels.length > 0;
  if (!parts.some(isLabeled)) return named([parts], [entries]);
  const others = parts.filter((part) => !isLabeled(part));
  return assemble(entries, groupBy(parts.filter(isLabeled), labelKey), others);
}

/** Adds to groups of parts what they share: the other parts without a label or with one of theirs. */
function assemble(
  entries: readonly FileObject[],
  groups: readonly (readonly Part[])[],
  others: readonly Part[],
): readonly ManifestBundle[] {
  const known = new Set(groups.flat().flatMap(({ labels }) => labels));
  const isShared = ({ labels }: Part) => labels.length === 0 || labels.some((label) => known.has(label));
  const all = [
    ...groups,
    ...groupBy(
      others.filter((part) => !isShared(part)),
      labelKey,
    ),
  ];
  const members = all.map((group) => {
    const labels = new Set(group.flatMap((part) => part.labels));
    const isFitting = (part: Part) => part.labels.length === 0 || part.labels.some((label) => labels.has(label));
    const own = new Set([...group, ...others.filter(isShared).filter(isFitting)].flatMap((part) => part.entries));
    return entries.filter((entry) => own.has(entry));
  });
  return named(all, members);
}

/** The first two files that define an object differently. */
export function firstContradiction(
  entries: readonly FileObject[],
): { readonly object: KubeObject; readonly files: readonly [string, string] } | undefined {
  const seen = new Map<string, FileObject>();
  for (const entry of entries) {
    const key = keyOf(entry.object);
    const first = key === undefined ? undefined : seen.get(key);
    if (key !== undefined && first === undefined) seen.set(key, entry);
    if (first !== undefined && !isDeepStrictEqual(first.object, entry.object)) {
      return { object: entry.object, files: [first.file, entry.file] };
    }
  }
  return undefined;
}

/** The parts of a part that contradict nothing within themselves, as far as it can be divided. */
function partsOf(part: Part): readonly Part[] {
  if (firstContradiction(part.entries) === undefined) return [part];
  const children = childrenOf(part);
  return children.length < 2 ? children : children.flatMap(partsOf);
}

function childrenOf({ path, entries, labels }: Part): readonly Part[] {
  const common = commonPath(entries);
  if (entries.some(({ file }) => file !== common)) {
    const start = common.length + Number(entries.every(({ file }) => file.startsWith(`${common}${sep}`)));
    const childOf = ({ file }: FileObject) => {
      const end = file.indexOf(sep, start);
      return end === -1 ? file : file.slice(0, end);
    };
    return groupBy(entries, childOf).map((group) => partFrom(childOf(group[0]), group));
  }
  if (labels.length < 2) return [{ path, entries, labels }];
  return groupBy(entries, ({ object }) => bundleOf(object) ?? '').map((group) => {
    return partFrom(bundleOf(group[0].object) ?? path, group);
  });
}

function partFrom(path: string, entries: readonly FileObject[]): Part {
  return { path, entries, labels: labelsOf(entries) };
}

/** The path of the one file, or of the deepest folder that contains all files. */
function commonPath(entries: readonly FileObject[]): string {
  const [first = '', ...others] = new Set(entries.map(({ file }) => file));
  const segments = first.split(sep);
  const isCommon = (path: string) => others.every((file) => file.startsWith(`${path}${sep}`));
  const folders = segments.slice(0, -1).map((_, index) => segments.slice(0, index + 1).join(sep));
  return others.length === 0 ? first : (folders.findLast(isCommon) ?? '');
}

function labelsOf(entries: readonly FileObject[]): readonly string[] {
  return [...new Set(entries.flatMap(({ object }) => bundleOf(object) ?? []))];
}

/** What distinguishes an object among manifests, in which a missing namespace is not known yet; `undefined` without a name. */
function keyOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): string | undefined {
  return typeof name === 'string' ? `${groupOf(apiVersion)} ${kind} ${namespace ?? ''}/${name}` : undefined;
}

function contradictionsOf(parts: readonly Part[]): Contradictions {
  const byKey = new Map<string, { readonly part: Part; readonly object: KubeObject }[]>();
  const contradictions = new Map<Part, Set<Part>>(parts.map((part) => [part, new Set()]));
  for (const part of parts) {
    for (const { object } of part.entries) {
      const key = keyOf(object);
      if (key === undefined) continue;
      const same = byKey.get(key) ?? [];
      for (const one of same) {
        if (one.part === part || isDeepStrictEqual(one.object, object)) continue;
        contradictions.get(one.part)?.add(part);
        contradictions.get(part)?.add(one.part);
      }
      byKey.set(key, [...same, { part, object }]);
    }
  }
  return contradictions;
}

/** Groups parts by their labels, or so that each part contradicts all parts of the other groups; no group contradicts itself. */
function groupParts(parts: readonly Part[], contradictions: Contradictions): readonly (readonly Part[])[] | undefined {
  const contradicts = (one: Part, other: Part) => contradictions.get(one)?.has(other) === true;
  const isSound = (group: readonly Part[]) => !group.some((one) => group.some((other) => contradicts(one, other)));
  const byLabel = groupBy(parts, labelKey);
  if (parts.every(({ labels }) => labels.length > 0) && byLabel.every(isSound)) return byLabel;
  const groups = groupBy(parts, (part) => parts.map((other) => Number(contradicts(part, other))).join(''));
  const isClear = groups.every((group) =>
    group.every((part) => parts.every((other) => group.includes(other) !== contradicts(part, other))),
  );
  return isClear ? groups : undefined;
}

function labelKey({ labels }: Part): string {
  return labels.toSorted().join();
}

type Group<Item> = readonly [Item, ...(readonly Item[])];

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Group<Item>[] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** The bundles of groups of parts. A name that several have is replaced by their path, and chooses none of them. */
function named(
  groups: readonly (readonly Part[])[],
  members: readonly (readonly FileObject[])[],
): readonly ManifestBundle[] {
  // Of prod-crds and prod, the second.
  const first = groups.map(
    (group) => group.map(({ path }) => path).toSorted((a, b) => stemOf(a).length - stemOf(b).length)[0] ?? '',
  );
  const stems = first.map(stemOf);
  const names = stems.map((stem, index) => {
    return stems.indexOf(stem) === stems.lastIndexOf(stem) ? stem : (first[index] ?? '');
  });
  const others = groups.map((group) => [
    ...group.flatMap(({ path, labels }) => [stemOf(path), path, basename(path), ...labels]),
  ]);
  const isUnique = (alias: string, index: number) =>
    names.every((name) => name !== alias) &&
    others.every((aliases, other) => other === index || !aliases.includes(alias));
  return members.map((entries, index) => ({
    name: names[index] ?? '',
    aliases: [...new Set(others[index])].filter((alias) => isUnique(alias, index)),
    files: [...new Set(entries.map(({ file }) => file))],
    objects: withoutEqual(entries),
  }));
}

/** The name that people gave a file or folder: cdk8s numbers charts that depend on others, and adds an extension. */
function stemOf(path: string): string {
  return basename(path)
    .replace(/(\.k8s)?\.(ya?ml|json)$/, '')
    .replace(/^\d{4}-(?=.)/, '');
}

/** Leaves out what another file defines equally. Within a file, nothing is left out. */
function withoutEqual(entries: readonly FileObject[]): readonly KubeObject[] {
  const seen = new Map<string, FileObject[]>();
  return entries.flatMap((entry) => {
    const key = keyOf(entry.object);
    if (key === undefined) return [entry.object];
    const same = seen.get(key) ?? [];
    seen.set(key, [...same, entry]);
    const isKnown = same.some((one) => one.file !== entry.file && isDeepStrictEqual(one.object, entry.object));
    return isKnown ? [] : [entry.object];
  });
}
