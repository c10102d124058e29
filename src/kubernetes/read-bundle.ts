import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { EggtoothError } from '../errors';
import { fieldAt, listAt, stringAt } from './fields';
import type { KubeObject } from './kube-object';

/**
 * Reads the Kubernetes objects of a file, of a folder with everything below it, or of `-`, standard input. YAML and
 * JSON; a `List` counts as its items.
 *
 * @example
 * ```ts
 * const objects = readBundle('dist');
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` naming file and line
 */
export function readBundle(path: string): readonly KubeObject[] {
  const objects = filesOf(path).flatMap(({ name, text }) => parse(name, text));
  if (objects.length === 0) throw bad(`${path} holds no Kubernetes object`, 'synthesize the bundle first: cdk8s synth');
  return objects;
}

function filesOf(path: string): { name: string; text: string }[] {
  try {
    if (path === '-') return [{ name: 'standard input', text: readFileSync(0, 'utf8') }];
    if (!statSync(path).isDirectory()) return [{ name: path, text: readFileSync(path, 'utf8') }];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(ya?ml|json)$/.test(name),
    );
    const manifests = names.filter((name) => !name.endsWith('construct-metadata.json')).sort();
    return manifests.map((name) => ({ name: join(path, name), text: readFileSync(join(path, name), 'utf8') }));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const problem = `the bundle ${path} ${missing ? 'does not exist' : `cannot be read (${(cause as NodeJS.ErrnoException).code})`}`;
    throw bad(
      problem,
      missing ? 'run cdk8s synth, or name the file or folder with the manifests' : 'check its rights',
      cause,
    );
  }
}

function parse(name: string, text: string): KubeObject[] {
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines }).flatMap((document) => {
    const { line } = lines.linePos(document.contents?.range?.[0] ?? 0);
    const value = contentOf(document, name, line);
    return value === null ? [] : objectsOf(`${name}, line ${line},`, value);
  });
}

function contentOf(document: Document.Parsed, name: string, line: number): unknown {
  const [error] = document.errors;
  if (error !== undefined) throw bad(`${name} is no valid YAML: ${error.message.split('\n')[0]}`, 'mend it', error);
  try {
    return document.toJS();
  } catch (cause) {
    throw bad(
      `${name} is no valid YAML: ${(cause as Error).message} in the document at line ${line}`,
      'mend it',
      cause,
    );
  }
}

function objectsOf(where: string, value: unknown): KubeObject[] {
  if (stringAt(value, 'kind')?.endsWith('List') && Array.isArray(fieldAt(value, 'items'))) {
    return listAt(value, 'items').flatMap((item) => objectsOf(where, item));
  }
  if (isKubeObject(value)) return [value];
  throw bad(
    `${where} holds something that is no Kubernetes object`,
    'each document needs apiVersion, kind and metadata',
  );
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

function bad(problem: string, fix: string, cause?: unknown): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_BUNDLE', problem, { fix, cause });
}
