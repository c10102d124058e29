import { EggtoothError } from '../../errors';
import type { ObjectReference } from '../../kubernetes/kube-object';
import { type FluxController, type FluxImage, type FluxVersion, fluxReleases } from './flux-releases';

/** Options for {@link imageOf}. */
export interface ImageOptions {
  /** Release of Flux. */
  readonly version: FluxVersion;
  /** Registry and path before the name of the image. */
  readonly registry: string;
  /** Whether to pin the image by its digest. */
  readonly digests: boolean;
}

/**
 * The image of a controller in a release: `REGISTRY/CONTROLLER:TAG[@DIGEST]`.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if `digests` is set and eggtooth does not have the digest
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
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `no digest of ${controller} in Flux ${version}`, {
    fix: `set its image with a digest, or use one of the releases ${versionsWithDigests().join(', ')}`,
    object,
  });
}

function versionsWithDigests(): readonly string[] {
  const complete = (images: Readonly<Record<FluxController, FluxImage>>) =>
    Object.values(images).every(({ digest }) => digest !== undefined);
  return Object.entries(fluxReleases).flatMap(([version, images]) => (complete(images) ? [version] : []));
}
