import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';

/**
 * Reads the token of a user's `tokenFile`, a field that `@kubernetes/client-node` does not support.
 * @param kubeconfig - path of the kubeconfig; by default it is found like kubectl does
 */
export function readTokenFile(kubeconfig: string | undefined, user: string): string | undefined {
  const files = kubeconfig ?? (process.env.KUBECONFIG || join(homedir(), '.kube', 'config'));
  for (const file of kubeconfig === undefined ? files.split(delimiter) : [files]) {
    const entry = listAt(readYaml(file), 'users').find((one) => stringAt(one, 'name') === user);
    const tokenFile = stringAt(fieldAt(entry, 'user'), 'tokenFile');
    if (tokenFile) return readFileSync(resolve(dirname(file), tokenFile), 'utf8').trim();
    if (entry !== undefined) return undefined;
  }
  return undefined;
}

/** Parses a file; `undefined` if it is missing, which kubectl accepts for one of several kubeconfigs. */
function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
