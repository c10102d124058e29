import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readBundle } from '../../../src/chain/read-bundle';
import type { KubeObject } from '../../../src/kube-object';

/** The names of the examples: every folder with a program. */
export const examples = readdirSync('examples').filter((name) => existsSync(join('examples', name, 'main.ts')));

/** Synthesizes an example on the built library, and reads what it wrote, in the order of the files. */
export async function synthExample(name: string, apiServerUrl: string, outdir: string): Promise<readonly KubeObject[]> {
  const env = { ...process.env, CDK8S_OUTDIR: outdir, API_SERVER_URL: apiServerUrl };
  await promisify(execFile)(process.execPath, ['--import', 'tsx', join('examples', name, 'main.ts')], { env });
  return readBundle(outdir);
}
