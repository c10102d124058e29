import { execFile } from 'node:child_process';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Cluster, eggtoothImage, startRegistry } from '../../../tools/control-plane';
import { ensurePrograms } from '../../../tools/control-plane/ensure-programs';
import { pause, writeImage } from '../../../tools/control-plane/images';
import { codeBlock } from '../../support/code-block';

const run = promisify(execFile);

/**
 * Builds the image of eggtooth with the commands of docs/renewal.md, in a registry of the cluster. Nothing can be
 * downloaded, so the base is an image of the Node.js that runs this program, at the path of the documented one.
 *
 * @returns the reference of the image, its configuration, and a docker archive of it
 */
export async function buildDocumentedImage(cluster: Cluster) {
  const { crane } = await ensurePrograms(['crane']);
  const { host } = await startRegistry(cluster);
  const program = resolve('lib/run-command.js');
  const { program: node, content = {} } = await eggtoothImage('', program);
  const { [basename(program)]: _, ...libraries } = content;
  const [base, image] = [`${host}/base:1`, `${host}/eggtooth:1`];
  const description = { ...(await pause()), name: base, content: { ...libraries, 'nodejs/bin/node': node } };
  await run(crane, ['push', await writeImage(cluster.dir, description), base]);
  const digest = (await run(crane, ['digest', base])).stdout.trim();
  const env = {
    ...process.env,
    PATH: `${dirname(crane)}:${process.env.PATH}`,
    BASE: `${host}/base@${digest}`,
    IMAGE: image,
    PACKAGE: resolve('.'),
  };
  const script = codeBlock('docs/renewal.md', 'image.sh').replace(/^(BASE|IMAGE|PACKAGE)=.*\n/gm, '');
  await run('bash', ['-euc', script], { cwd: cluster.dir, env });
  const archive = join(cluster.dir, 'eggtooth.tar');
  await run(crane, ['pull', image, archive]);
  const config: unknown = JSON.parse((await run(crane, ['config', image])).stdout);
  return { image, config, archive };
}
