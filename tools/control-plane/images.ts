import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePrograms } from './ensure-programs';
import type { Controller } from './flux';

/** An image of static binaries and files. */
export interface Image {
  /** With tag, for example `localhost/pause:1`. */
  readonly name: string;
  /** Path of the binary that its containers run. */
  readonly program: string;
  readonly args?: readonly string[];
  /** UID and GID of its containers. @default root */
  readonly user?: string;
  /** Files and folders of the image, by path in the image: the path of what is copied there. */
  readonly content?: Readonly<Record<string, string>>;
}

export const pauseImage = 'localhost/pause:1';

export async function pause(): Promise<Image> {
  return { name: pauseImage, program: (await ensurePrograms(['pause'])).pause };
}

/**
 * Makes the image of an assets server that contains its charts, as Cozystack ships it.
 *
 * @param charts the folder to serve
 */
export async function assetsServerImage(name: string, charts: string, port: number): Promise<Image> {
  const { 'assets-server': program } = await ensurePrograms(['assets-server']);
  return { name, program, args: [`-address=:${port}`, '-dir=/assets'], content: { assets: charts } };
}

/** A real controller of Flux, run as the user of Flux's own images. */
export async function controllerImage(name: string, controller: Controller): Promise<Image> {
  const { [controller]: program } = await ensurePrograms([controller]);
  return { name, program, user: '65534:65534' };
}

/**
 * Makes the image for the DaemonSet of a CNI. It copies the plugins bridge, host-local and loopback to
 * /host/opt/cni/bin, and the configuration in $CNI_CONFIG to /host/etc/cni/net.d.
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
 * Makes the image of eggtooth, with the Node.js that runs this program and its shared libraries.
 *
 * @param program the bundled command line
 */
export async function eggtoothImage(name: string, program: string): Promise<Image> {
  const { stdout } = await promisify(execFile)('ldd', [process.execPath]);
  const libraries = Array.from(stdout.matchAll(/(\/\S+) \(0x/g), ([, path = '']) => path);
  const content = [[basename(program), program], ...libraries.map((path) => [path, realpathSync(path)])];
  return { name, program: process.execPath, args: [`/${basename(program)}`], content: Object.fromEntries(content) };
}

/**
 * Writes an image as a docker archive, as `docker save` does.
 *
 * @param folder the folder of the archive
 * @returns the path of the archive
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

/** Makes the tar archive of a layer. All files belong to root and are readable by everyone. */
async function tar(folder: string, file: string): Promise<void> {
  await promisify(execFile)('tar', ['-C', folder, '--owner=0', '--group=0', '--mode=a+rX', '-cf', file, '.']);
}
