import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';

/**
 * The token of a user's `tokenFile`, a field that `@kubernetes/client-node` does not know.
 * @param kubeconfig - as it was named; if it was not, it is found as kubectl finds it
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

/** A file of several may be missing, as in kubectl. */
function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
