import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePrograms } from './ensure-programs';

/** An image of static binaries and files. */
export interface Image {
  /** With its tag, such as `localhost/pause:1`. */
  readonly name: string;
  /** The path of the binary that its containers run. */
  readonly program: string;
  readonly args?: readonly string[];
  /** UID and GID that its containers run as. @default root */
  readonly user?: string;
  /** Files and folders of the image: path in the image to what is copied there. */
  readonly content?: Readonly<Record<string, string>>;
}

export const pauseImage = 'localhost/pause:1';

export async function pause(): Promise<Image> {
  return { name: pauseImage, program: (await ensurePrograms(['pause'])).pause };
}

/**
 * The server of charts with the charts in its image, as Cozystack ships it.
 *
 * @param charts the folder to serve
 */
export async function assetsServerImage(name: string, charts: string, port: number): Promise<Image> {
  const { 'assets-server': program } = await ensurePrograms(['assets-server']);
  return { name, program, args: [`-address=:${port}`, '-dir=/assets'], content: { assets: charts } };
}

/** The real source-controller, run as the user of Flux's own image. */
export async function sourceControllerImage(name: string): Promise<Image> {
  const { 'source-controller': program } = await ensurePrograms(['source-controller']);
  return { name, program, user: '65534:65534' };
}

/**
 * What the DaemonSet of a CNI runs: it puts the plugins bridge, host-local and loopback into the node's /opt/cni/bin, below
 * /host, and the configuration in its environment's CNI_CONFIG into /etc/cni/net.d.
 */
export async function cniInstallerImage(name: string): Promise<Image> {
  const { 'cni-installer': program, ...plugins } = await ensurePrograms([
    'cni-installer',
    'bridge',
    'host-local',
    'loopback',
  ]);
  const content = Object.entries(plugins).map(([plugin, path]) => [join('plugins', plugin), path]);
  return { name, program, content: Object.fromEntries(content) };
}

/**
 * eggtooth with the Node.js that runs this, and the libraries that it is linked with.
 *
 * @param program the built command line, one file
 */
export async function eggtoothImage(name: string, program: string): Promise<Image> {
  const { stdout } = await promisify(execFile)('ldd', [process.execPath]);
  const libraries = Array.from(stdout.matchAll(/(\/\S+) \(0x/g), ([, path = '']) => path);
  const content = [[basename(program), program], ...libraries.map((path) => [path, realpathSync(path)])];
  return { name, program: process.execPath, args: [`/${basename(program)}`], content: Object.fromEntries(content) };
}

/**
 * Writes an image as the archive that `docker save` would write.
 *
 * @param folder what the archive is written to
 * @returns its path
 */
export async function writeImage(folder: string, { name, program, args = [], user, content }: Image): Promise<string> {
  const work = mkdtempSync(join(folder, 'image-'));
  const [root, archive] = [join(work, 'root'), join(work, 'archive')];
  mkdirSync(archive);
  const binary = basename(program);
  for (const [path, from] of Object.entries({ [binary]: program, ...content })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(from, join(root, path), { recursive: true });
  }
  await tar(root, join(archive, 'layer.tar'));
  const digest = createHash('sha256')
    .update(readFileSync(join(archive, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    os: 'linux',
    config: { Entrypoint: [`/${binary}`, ...args], User: user },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  writeFileSync(join(archive, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
  writeFileSync(join(archive, 'manifest.json'), JSON.stringify(manifest));
  const file = `${work}.tar`;
  await tar(archive, file);
  rmSync(work, { recursive: true });
  return file;
}

/** Everything in it is root's, and may be read by all. */
async function tar(folder: string, file: string): Promise<void> {
  await promisify(execFile)('tar', ['-C', folder, '--owner=0', '--group=0', '--mode=a+rX', '-cf', file, '.']);
}
