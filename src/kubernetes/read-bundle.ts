import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { EggtoothError, type Problem, quote } from '../errors';
import { fieldAt, listAt, stringAt } from './fields';
import type { KubeObject } from './kube-object';
import { isApiVersion, isPathSegment } from './names';

/**
 * Reads the Kubernetes objects of a file, of a folder and its subfolders, or of standard input. The format is YAML or
 * JSON; a `List` is replaced by its items.
 *
 * @param path - a file, a folder, or `-` for standard input
 * @example
 * ```ts
 * const objects = readBundle('dist');
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` with file and line
 */
export function readBundle(path: string): readonly KubeObject[] {
  const objects = filesOf(path).flatMap(({ name, text }) => parse(name, text));
  if (objects.length === 0) throw bad(`no Kubernetes objects found: ${printPath(path)}`, 'run cdk8s synth first');
  return objects;
}

function printPath(path: string): string {
  return path === '-' ? 'standard input' : path;
}

function filesOf(path: string): { name: string; text: string }[] {
  try {
    if (path === '-') return [{ name: printPath(path), text: readFileSync(0, 'utf8') }];
    if (!statSync(path).isDirectory()) return [{ name: path, text: readFileSync(path, 'utf8') }];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(ya?ml|json)$/.test(name),
    );
    const manifests = names.filter((name) => basename(name) !== 'construct-metadata.json').sort();
    return manifests.flatMap((name) => readRegular(join(path, name)));
  } catch (cause) {
    if (cause instanceof EggtoothError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw bad(`no such bundle: ${path}`, 'run cdk8s synth, or name the file or folder with the manifests', cause);
    }
    throw bad(`cannot read the bundle: ${path} (${code})`, 'check the permissions of the file or folder', cause);
  }
}

/** Reads a file of a folder; a folder of such a name is none. A named pipe would wait for its writer indefinitely. */
function readRegular(name: string): { name: string; text: string }[] {
  const stats = statSync(name);
  if (stats.isDirectory()) return [];
  if (!stats.isFile()) throw bad(`not a regular file: ${name}`, 'take it out of the folder of the bundle');
  return [{ name, text: readFileSync(name, 'utf8') }];
}

function parse(name: string, text: string): KubeObject[] {
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines }).flatMap((document) => {
    const { line } = lines.linePos(document.contents?.range?.[0] ?? 0);
    const value = contentOf(document, name, line);
    return value === null ? [] : objectsOf(`${name}, line ${line}`, value);
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
