import { spawn } from 'node:child_process';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { ensurePrograms } from '../../../tools/control-plane';
import { schemaLocation } from './json-schemas';

/** What kubeconform says of one object. */
export interface Conformity {
  readonly kind: string;
  readonly name: string;
  /** `statusValid`, `statusInvalid`, `statusError` where no schema was found, ... */
  readonly status: string;
  readonly msg: string;
}

/** Runs kubeconform on objects, by the schemas of a folder and by no others. */
export async function conformityOf(objects: readonly KubeObject[], folder: string): Promise<readonly Conformity[]> {
  const { kubeconform } = await ensurePrograms(['kubeconform']);
  const args = ['-strict', '-verbose', '-output', 'json', '-schema-location', schemaLocation(folder), '-'];
  const stdout = await new Promise<string>((resolve, reject) => {
    const child = spawn(kubeconform, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject).on('close', () => resolve(text));
    child.stdin.end(objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  });
  const { resources }: { resources: readonly Conformity[] } = JSON.parse(stdout);
  return resources;
}
