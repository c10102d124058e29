import type { Problem } from '../errors';
import { HOST_NAME } from '../kubernetes/names';

const HOST = `(?:${HOST_NAME}|\\[[0-9a-fA-F:]+\\])(?::\\d+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const DIGEST = 'sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}';
/** As github.com/distribution/reference has it, which the kubelet reads images with. */
const REFERENCE = new RegExp(
  `^(?<name>(?:${HOST}/)?${COMPONENT}(?:/${COMPONENT})*)(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>${DIGEST}))?$`,
);

/** Why an image may be another one tomorrow, or none at all; `undefined` if tag or digest pins it. */
export function imageProblem(image: string): Problem | undefined {
  const { name, tag, digest } = REFERENCE.exec(image)?.groups ?? {};
  if (name === undefined) {
    return {
      problem: 'is no reference to an image, so the kubelet would not pull it',
      fix: 'write [HOST[:PORT]/]NAME:TAG or [HOST[:PORT]/]NAME@sha256:DIGEST, the name in lower case',
    };
  }
  if (digest !== undefined) return undefined;
  const fix = `name a version, ${name}:VERSION, or a digest, ${name}@sha256:DIGEST`;
  if (tag === undefined) return { problem: 'has neither tag nor digest and so means latest, whatever that is', fix };
  if (tag === 'latest') return { problem: 'is whatever was pushed last: no two nodes need run the same', fix };
  return undefined;
}
