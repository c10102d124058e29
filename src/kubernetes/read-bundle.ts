import { bundleFault } from './bundle-fault';
import { chooseBundle, type ReadBundleOptions } from './choose-bundle';
import { crdWithoutSpec } from './crd-head';
import type { KubeObject } from './kube-object';
import { assertNotCut, cutObject, unreadable } from './manifest-faults';
import { type ManifestFile, printPath, readManifestFiles } from './manifest-files';
import { objectsOf } from './manifest-objects';
import { Lines } from './manifest-position';
import { type ManifestDocument, splitDocuments } from './manifest-stream';
import { readYaml } from './yaml/read-yaml';
import { YamlFault } from './yaml/yaml-fault';

/** An object of a bundle, and where it is written. */
export interface BundleEntry {
  readonly object: KubeObject;
  /** Path of the file: as it was named, or below the folder that was named. `standard input` for `-`. */
  readonly file: string;
  /** Line of the document that contains the object, from 1. */
  readonly line: number;
}

/** Options for {@link readManifests}. */
export interface ReadOptions {
  /**
   * Whether to read the `spec` of CustomResourceDefinitions. It is most of a bundle with CRDs, and the chain does not depend
   * on it. Objects without it must not be applied.
   * @default true
   */
  readonly crdSpecs?: boolean;
}

/**
 * Reads the Kubernetes objects of a bundle, with the values that kubectl reads: of files, of folders with their subfolders,
 * or of standard input. The format is YAML or JSON, in UTF-8 or UTF-16; a list is replaced by its items. What two files
 * define equally is included once. What kubectl reads only in part, or what cannot be read as it does, is refused.
 *
 * @param paths - a file, a folder, or `-` for standard input; or several of these
 * @example
 * ```ts
 * const objects = readBundle('dist');
 * const production = readBundle(['crds.yaml', 'dist'], { bundle: 'production' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` with file and line, or with the names of the bundles if the manifests are
 * those of several; `ERR_EGGTOOTH_OPTION` if none has the name
 */
export function readBundle(paths: string | readonly string[], options: ReadBundleOptions = {}): readonly KubeObject[] {
  return chooseBundle(readManifests([paths].flat()), options).objects;
}

/**
 * Reads the Kubernetes objects at several paths as {@link readBundle} does, each file once, with the file and the line
 * of each object.
 *
 * @param paths - files, folders, or `-` for standard input
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` with file and line
 */
export function readManifests(paths: readonly string[], options: ReadOptions = {}): readonly BundleEntry[] {
  const entries = readManifestFiles(paths).flatMap((file) => [...readFile(file, options)]);
  if (entries.length > 0) return entries;
  throw bundleFault(`no Kubernetes objects found: ${paths.map(printPath).join(', ')}`, 'run cdk8s synth first');
}

function* readFile(file: ManifestFile, { crdSpecs = true }: ReadOptions): Generator<BundleEntry> {
  const lines = new Lines(file.text);
  for (const document of documentsOf(file)) {
    const value = crdSpecs ? read(file, document) : (readCrd(document) ?? read(file, document));
    if (value === null) continue;
    const line = lines.at(document.offset + contentOffset(document.text));
    for (const object of objects(file, line, value, document)) yield { object, file: file.name, line };
  }
}

function* documentsOf(file: ManifestFile): Generator<ManifestDocument> {
  try {
    yield* splitDocuments(file.text);
  } catch (error) {
    throw error instanceof YamlFault ? unreadable(file, error, error.offset) : error;
  }
}

function read(file: ManifestFile, document: ManifestDocument): unknown {
  if (document.isLast) assertNotCut(file);
  try {
    return document.read();
  } catch (error) {
    // A stack overflow.
    const fault = error instanceof RangeError ? new YamlFault('maps and lists are nested too deeply', 0) : error;
    throw fault instanceof YamlFault ? unreadable(file, fault, document.offset + fault.offset) : error;
  }
}

/** Reads a CustomResourceDefinition without its spec. What is wrong with it is reported where it is read as a whole. */
function readCrd({ text }: ManifestDocument): unknown {
  const head = crdWithoutSpec(text);
  if (head === undefined) return undefined;
  try {
    return readYaml(head);
  } catch {
    return undefined;
  }
}

function objects(
  file: ManifestFile,
  line: number,
  value: unknown,
  { isLast }: ManifestDocument,
): readonly KubeObject[] {
  try {
    return objectsOf(`${file.name}, line ${line}`, value);
  } catch (error) {
    throw isLast && !/[\n}\]]\s*$/.test(file.text.slice(-200)) ? cutObject(file.name, line) : error;
  }
}

/** Where the content begins, after empty lines and comments. */
function contentOffset(text: string): number {
  return /^(?:[^\S\n]*(?:#[^\n]*)?\n)*/.exec(text)?.[0].length ?? 0;
}
