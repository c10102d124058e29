import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { EggtoothError } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import { splitDocuments } from '../kubernetes/manifest-stream';
import { decodeText } from '../kubernetes/manifest-text';
import { YamlFault } from '../kubernetes/yaml/yaml-fault';

/** A cluster, user or context of a kubeconfig. */
export interface KubeconfigEntry {
  /** Its fields, as in the file. */
  readonly value: unknown;
  /** Folder of the file: relative paths start there. */
  readonly folder: string;
}

/** What the kubeconfigs contain, by name. */
export interface Kubeconfig {
  /** The files that exist. */
  readonly files: readonly string[];
  readonly currentContext?: string;
  readonly clusters: ReadonlyMap<string, KubeconfigEntry>;
  readonly users: ReadonlyMap<string, KubeconfigEntry>;
  readonly contexts: ReadonlyMap<string, KubeconfigEntry>;
}

/** Lines without content. */
const NOTHING = /^(\s*(#.*)?\n)*\s*$/;

const KINDS = ['cluster', 'user', 'context'] as const;

/**
 * Reads the kubeconfigs as kubectl does: of several files, missing and empty ones are ignored, and the first one counts for
 * each name and for the current context.
 * @param path - of the only kubeconfig; by default those of $KUBECONFIG, or ~/.kube/config
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG`
 */
export function readKubeconfig(path: string | undefined): Kubeconfig {
  const files: string[] = [];
  const entries = { cluster: new Map(), user: new Map(), context: new Map() } as const satisfies Record<
    (typeof KINDS)[number],
    Map<string, KubeconfigEntry>
  >;
  let currentContext: string | undefined;
  for (const file of path === undefined ? defaultFiles() : [path]) {
    const config = readFile(file, path === undefined);
    if (config === undefined) continue;
    files.push(file);
    currentContext ??= textAt(config, 'current-context');
    for (const kind of KINDS) {
      for (const [name, entry] of entriesOf(config, kind, file)) {
        if (!entries[kind].has(name)) entries[kind].set(name, entry);
      }
    }
  }
  return { files, currentContext, clusters: entries.cluster, users: entries.user, contexts: entries.context };
}

/** The files that kubectl reads by default. */
export function defaultFiles(): readonly string[] {
  const { KUBECONFIG = '' } = process.env;
  return KUBECONFIG === ''
    ? [join(homedir(), '.kube', 'config')]
    : [...new Set(KUBECONFIG.split(delimiter).filter((file) => file !== ''))];
}

function readFile(file: string, mayBeMissing: boolean): unknown {
  let [text, config]: [string, unknown] = ['', undefined];
  try {
    text = decodeText(readFileSync(file), file);
    config = parseYaml(text) ?? {};
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && mayBeMissing) return undefined;
    if (error instanceof EggtoothError) throw unreadable(file, 'it is not a text in UTF-8 or UTF-16');
    if (!(error instanceof YamlFault)) throw unreadable(file, String(code));
    const what = error.isSyntax ? 'it is not YAML' : 'it has something ambiguous, such as a key twice';
    throw unreadable(file, `${what}, line ${text.slice(0, error.offset).split('\n').length}`);
  }
  const { kind, apiVersion } = config as Readonly<Record<string, unknown>>;
  const isConfig = (kind ?? 'Config') === 'Config' && (apiVersion ?? 'v1') === 'v1';
  if (typeof config !== 'object' || Array.isArray(config) || !isConfig) throw unreadable(file, NO_KUBECONFIG);
  return config;
}

const NO_KUBECONFIG = 'it is not a kubeconfig';

function unreadable(file: string, reason: string): EggtoothError {
  return refused(
    `the kubeconfig ${file} cannot be read (${reason})`,
    'correct the file, or set --kubeconfig to another one',
  );
}

/**
 * Reads the first document of a text, as kubectl does: JSON is YAML too.
 * @throws YamlFault with the position in the text. Its message may repeat credentials
 */
export function parseYaml(text: string): unknown {
  for (const document of splitDocuments(text)) {
    try {
      // Before the first ---, there may be comments.
      if (!document.isLast && NOTHING.test(document.text)) continue;
      return document.read();
    } catch (error) {
      if (!(error instanceof YamlFault)) throw error;
      throw new YamlFault(error.reason, document.offset + error.offset, undefined, error.isSyntax);
    }
  }
  return undefined;
}

/** kubectl refuses a file with two entries of one name, too. */
function entriesOf(config: unknown, kind: string, file: string): ReadonlyMap<string, KubeconfigEntry> {
  const list = fieldAt(config, `${kind}s`) ?? [];
  if (!Array.isArray(list)) throw unreadable(file, NO_KUBECONFIG);
  const entries = new Map<string, KubeconfigEntry>();
  for (const entry of list) {
    const name = textAt(entry, 'name') ?? '';
    if (entries.has(name)) throw unreadable(file, `it has two ${kind}s with the name ${JSON.stringify(name)}`);
    entries.set(name, { value: fieldAt(entry, kind), folder: dirname(resolve(file)) });
  }
  return entries;
}

/**
 * A text of a kubeconfig; `undefined` if it is missing or empty.
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` if it is something else, such as a number without quotes, as with kubectl
 */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = fieldAt(value, ...path) ?? '';
  if (typeof found !== 'string') {
    throw refused(`the field ${path.join('.')} of the kubeconfig is no string`, 'write its value in quotes');
  }
  return found === '' ? undefined : found;
}

/** A list of texts of a kubeconfig; empty if it is missing. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = fieldAt(value, ...path) ?? [];
  if (Array.isArray(found) && found.every((entry) => typeof entry === 'string')) return found;
  throw refused(
    `the field ${path.join('.')} of the kubeconfig is no list of strings`,
    'write a list, with values in quotes',
  );
}

/**
 * The content of a field `NAME-data`, which is base64, or of the file that the field `NAME` names.
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` if both are set, as with kubectl, or the file cannot be read
 */
export function contentAt({ value, folder }: KubeconfigEntry, name: string): string | undefined {
  const [data, file] = [textAt(value, `${name}-data`), textAt(value, name)];
  if (data !== undefined && file !== undefined) {
    throw refused(`the kubeconfig has both ${name}-data and ${name}`, 'remove one of them');
  }
  if (data !== undefined && !BASE64.test(data)) {
    throw refused(`the field ${name}-data of the kubeconfig is not base64`, `write it with base64 -w0, or set ${name}`);
  }
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readNamed(resolve(folder, file), name);
}

const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;

/** Reads a file that a field of the kubeconfig names. */
export function readNamed(file: string, field: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refused(`${UNUSABLE}: the ${field} ${file} cannot be read (${code})`, `set ${field} to a file that exists`);
  }
}

/** What is wrong with a kubeconfig whose credentials cannot be read. */
export const UNUSABLE = 'the kubeconfig contains credentials that cannot be used';

/** The error for a kubeconfig. It has no cause: the errors of parsers, plugins and proxies repeat credentials. */
export function refused(problem: string, fix: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_KUBECONFIG', problem, { fix });
}
