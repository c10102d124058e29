import { EggtoothError } from '../../errors';
import type { ObjectReference } from '../../kubernetes/kube-object';
import { type AnyFluxVersion, type FluxController, fluxReleases, isKnownFlux, printReleases } from './flux-releases';
import { imageDigests } from './image-digests';

/** Options for {@link imageOf}. */
export interface ImageOptions {
  /** Release of Flux. */
  readonly version: AnyFluxVersion;
  /** Registry and path before the name of the image. */
  readonly registry: string;
  /** Whether to pin the image by its digest. */
  readonly digests: boolean;
}

/**
 * The image of a controller in a release: `REGISTRY/CONTROLLER:TAG[@DIGEST]`.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if eggtooth does not know the release, or if `digests` is set and it does
 * not have the digest
 */
export function imageOf(
  controller: FluxController,
  { version, registry, digests }: ImageOptions,
  object: ObjectReference,
): string {
  if (!isKnownFlux(version)) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `eggtooth has no image of ${controller} in Flux ${version}`, {
      fix: `set its image, or use one of the releases ${printReleases()}`,
      object,
    });
  }
  const tag = fluxReleases[version].tags[controller];
  const image = `${registry}/${controller}:${tag}`;
  if (!digests) return image;
  const digest = imageDigests[controller][tag];
  if (digest !== undefined) return `${image}@${digest}`;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `no digest of ${controller} in Flux ${version}`, {
    fix: `set its image with a digest, or use one of the releases ${printReleases(versionsWithDigests())}`,
    object,
  });
}

function versionsWithDigests(): readonly string[] {
  return Object.entries(fluxReleases).flatMap(([version, { tags }]) => {
    const images = Object.entries(tags) as [FluxController, string][];
    return images.every(([controller, tag]) => imageDigests[controller][tag] !== undefined) ? [version] : [];
  });
}
