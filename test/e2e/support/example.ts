import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import type { Cluster } from '../../../tools/control-plane';

/** The objects of an example, synthesized as its user would, for a cluster of the tests. */
export function exampleObjects(example: string, { dir, url }: Pick<Cluster, 'dir' | 'url'>): readonly KubeObject[] {
  const folder = mkdtempSync(join(dir, `${example}-`));
  const env = { ...process.env, CDK8S_OUTDIR: folder, API_SERVER_URL: url };
  execFileSync(process.execPath, ['main.js'], { cwd: resolve('examples', example), env });
  return readBundle(folder);
}
