import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { EggtoothError } from '../errors';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';

/** An entry of a kubeconfig as it is in the file, with fields that `@kubernetes/client-node` does not support. */
export interface KubeconfigEntry {
  /** The cluster or user, which may have any shape. */
  readonly value: unknown;
  /** Folder of the file: relative paths start there. */
  readonly folder: string;
}

/**
 * Finds a cluster or user by its name. Of several entries with one name, the first one counts, as with kubectl.
 * @param kubeconfig - path of the kubeconfig; by default it is found like kubectl does
 */
export function findEntry(
  kubeconfig: string | undefined,
  kind: 'cluster' | 'user',
  name: string,
): KubeconfigEntry | undefined {
  const files = kubeconfig ?? (process.env.KUBECONFIG || join(homedir(), '.kube', 'config'));
  for (const file of kubeconfig === undefined ? files.split(delimiter) : [files]) {
    const entry = listAt(readYaml(file), `${kind}s`).find((one) => stringAt(one, 'name') === name);
    if (entry !== undefined) return { value: fieldAt(entry, kind), folder: dirname(resolve(file)) };
  }
  return undefined;
}

/** Reads the token of a user's `tokenFile`, if it has one. */
export function readTokenFile(kubeconfig: string | undefined, user: string): string | undefined {
  const { value, folder = '' } = findEntry(kubeconfig, 'user', user) ?? {};
  const tokenFile = stringAt(value, 'tokenFile');
  return tokenFile ? readFileSync(resolve(folder, tokenFile), 'utf8').trim() : undefined;
}

/** Parses a file; `undefined` if it is missing, which kubectl accepts for one of several kubeconfigs. */
function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** What is wrong with a kubeconfig whose credentials cannot be read. */
export const UNUSABLE = 'the kubeconfig contains credentials that cannot be used';

/** The error for a kubeconfig. It has no cause: the errors of parsers, plugins and proxies repeat credentials. */
export function refused(problem: string, fix: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_KUBECONFIG', problem, { fix });
}

/** The error for a proxy-url. */
export function badProxy(): EggtoothError {
  return refused(
    'the kubeconfig has a proxy that cannot be used',
    'set a proxy-url with the scheme http, https or socks5',
  );
}
