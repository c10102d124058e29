import type { Problem } from '../errors';
import { HOST_NAME } from '../kubernetes/names';

const HOST = `(?:${HOST_NAME}|\\[[0-9a-fA-F:]+\\])(?::\\d+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const DIGEST = 'sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}';
/** As in github.com/distribution/reference, with which the kubelet parses images. */
const REFERENCE = new RegExp(
  `^(?<name>(?:${HOST}/)?${COMPONENT}(?:/${COMPONENT})*)(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>${DIGEST}))?$`,
);

/** Why an image is not pinned, or not valid; `undefined` if its tag or digest pins it. */
export function imageProblem(image: string): Problem | undefined {
  const { name, tag, digest } = REFERENCE.exec(image)?.groups ?? {};
  if (name === undefined) {
    return {
      problem: 'is not a valid image reference, so the kubelet cannot pull it',
      fix: 'write [HOST[:PORT]/]NAME:TAG or [HOST[:PORT]/]NAME@sha256:DIGEST, with the name in lower case',
    };
  }
  if (digest !== undefined) return undefined;
  const fix = `pin it: ${name}:VERSION or ${name}@sha256:DIGEST`;
  if (tag === undefined)
    return { problem: 'has neither tag nor digest, so it means the tag latest, which can change at any time', fix };
  if (tag === 'latest') return { problem: 'has the tag latest, which can change at any time', fix };
  return undefined;
}
