import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { EggtoothError, type Problem, quote } from '../errors';
import { chooseBundle, type ReadBundleOptions } from './choose-bundle';
import { fieldAt, listAt, stringAt } from './fields';
import type { KubeObject } from './kube-object';
import { printPath, readManifestFiles } from './manifest-files';
import { isApiVersion, isPathSegment } from './names';

/** An object of a bundle, and where it is written. */
export interface BundleEntry {
  readonly object: KubeObject;
  /** Path of the file: as it was named, or below the folder that was named. `standard input` for `-`. */
  readonly file: string;
  /** Line of the document that contains the object, from 1. */
  readonly line: number;
}

/**
 * Reads the Kubernetes objects of a bundle: of files, of folders with their subfolders, or of standard input. The format
 * is YAML or JSON; a `List` is replaced by its items. What two files define equally is included once.
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
export function readManifests(paths: readonly string[]): readonly BundleEntry[] {
  const manifests = readManifestFiles(paths).flatMap(({ name, bytes }) => parse(name, bytes.toString()));
  if (manifests.length > 0) return manifests;
  throw bad(`no Kubernetes objects found: ${paths.map(printPath).join(', ')}`, 'run cdk8s synth first');
}

function parse(name: string, text: string): BundleEntry[] {
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines }).flatMap((document) => {
    const { line } = lines.linePos(document.contents?.range?.[0] ?? 0);
    const value = contentOf(document, name, line);
    const objects = value === null ? [] : objectsOf(`${name}, line ${line}`, value);
    return objects.map((object) => ({ object, file: name, line }));
  });
}

function contentOf(document: Document.Parsed, name: string, line: number): unknown {
  const [error] = document.errors;
  if (error !== undefined) throw invalid(name, `${error.message.split('\n')[0]}`, error);
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid(name, `${(cause as Error).message} in the document at line ${line}`, cause);
  }
}

function objectsOf(where: string, value: unknown): KubeObject[] {
  if (stringAt(value, 'kind')?.endsWith('List') && Array.isArray(fieldAt(value, 'items'))) {
    return listAt(value, 'items').flatMap((item) => objectsOf(where, item));
  }
  if (!isKubeObject(value)) {
    throw bad(`not a Kubernetes object: ${where}`, 'give each document an apiVersion, a kind and metadata');
  }
  const found = problemOf(value);
  if (found !== undefined) throw bad(`${found.problem}: ${where}`, found.fix);
  return [value];
}

/** Why an object cannot be what the cluster gets. */
function problemOf(object: KubeObject): Problem | undefined {
  if (Object.hasOwn(object, 'items')) {
    return {
      problem: `${quote(object.kind)} has items but is not a List, and kubectl applies the items of any object`,
      fix: 'use apiVersion v1 and kind List for a list of objects, or remove items',
    };
  }
  const { apiVersion, metadata } = object;
  const invalid = (field: string, value: unknown, fix: string) => ({
    problem: `invalid ${field} ${quote(JSON.stringify(value))}`,
    fix,
  });
  if (!isApiVersion(apiVersion)) return invalid('apiVersion', apiVersion, 'write VERSION or GROUP/VERSION');
  for (const field of ['name', 'namespace'] as const) {
    const value: unknown = metadata[field] ?? undefined;
    if (value === undefined || value === '' || (typeof value === 'string' && isPathSegment(value))) continue;
    return invalid(`metadata.${field}`, value, 'write a text without / and % and control characters, but not . or ..');
  }
  return undefined;
}

function isKubeObject(value: unknown): value is KubeObject {
  const metadata = fieldAt(value, 'metadata');
  return (
    stringAt(value, 'apiVersion') !== undefined &&
    stringAt(value, 'kind') !== undefined &&
    typeof metadata === 'object' &&
    metadata !== null
  );
}

function invalid(name: string, reason: string, cause: unknown): EggtoothError {
  return bad(`invalid YAML: ${name}: ${reason}`, 'fix the YAML', cause);
}

function bad(problem: string, fix: string, cause?: unknown): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_BUNDLE', problem, { fix, cause });
}
