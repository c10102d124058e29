import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePrograms } from './ensure-programs';

/** An image of one static binary. */
export interface Image {
  /** With its tag, such as `localhost/pause:1`. */
  readonly name: string;
  /** The path of the binary. */
  readonly program: string;
  readonly args?: readonly string[];
  /** A folder of the image, and what it is copied from. */
  readonly content?: { readonly path: string; readonly from: string };
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
  const args = [`-address=:${port}`, '-dir=/assets'];
  return { name, program, args, content: { path: 'assets', from: charts } };
}

/**
 * Writes an image as the archive that `docker save` would write.
 *
 * @param folder what the archive is written to
 * @returns its path
 */
export async function writeImage(folder: string, { name, program, args = [], content }: Image): Promise<string> {
  const work = mkdtempSync(join(folder, 'image-'));
  const [root, archive] = [join(work, 'root'), join(work, 'archive')];
  mkdirSync(root);
  mkdirSync(archive);
  const binary = basename(program);
  copyFileSync(program, join(root, binary));
  if (content) {
    cpSync(content.from, join(root, content.path), { recursive: true });
  }
  await tar(root, join(archive, 'layer.tar'));
  const digest = createHash('sha256')
    .update(readFileSync(join(archive, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    os: 'linux',
    config: { Entrypoint: [`/${binary}`, ...args] },
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

async function tar(folder: string, file: string): Promise<void> {
  await promisify(execFile)('tar', ['-C', folder, '-cf', file, '.']);
}
