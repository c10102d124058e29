import { EggtoothError } from '../../errors';
import type { ObjectReference } from '../../kubernetes/kube-object';
import { type FluxController, type FluxImage, type FluxVersion, fluxReleases } from './flux-releases';

/** What decides which image a controller runs. */
export interface ImageOptions {
  readonly version: FluxVersion;
  readonly registry: string;
  readonly digests: boolean;
}

/**
 * The image of a controller in a release: `REGISTRY/CONTROLLER:TAG[@DIGEST]`.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the digest is asked for and not known
 */
export function imageOf(
  controller: FluxController,
  { version, registry, digests }: ImageOptions,
  object: ObjectReference,
): string {
  const { tag, digest } = fluxReleases[version][controller];
  const image = `${registry}/${controller}:${tag}`;
  if (!digests) return image;
  if (digest !== undefined) return `${image}@${digest}`;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `the digest of ${controller} in Flux ${version} is not known here`, {
    fix: `give its image with a digest, or take one of ${versionsWithDigests().join(', ')}`,
    object,
  });
}

function versionsWithDigests(): readonly string[] {
  const complete = (images: Readonly<Record<FluxController, FluxImage>>) =>
    Object.values(images).every(({ digest }) => digest !== undefined);
  return Object.entries(fluxReleases).flatMap(([version, images]) => (complete(images) ? [version] : []));
}
