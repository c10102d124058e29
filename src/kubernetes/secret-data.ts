import { isSecret } from './kinds';
import type { KubeObject } from './kube-object';

/**
 * A Secret with its `stringData` in `data`, where a value of `stringData` replaces that of `data`. Server-side apply keeps
 * a key that was taken out of `stringData`, because nobody owns it in `data`. Flux does the same before it applies.
 * Any other object, and a Secret with `stringData` that the API server rejects, is returned as it is.
 */
export function withSecretData(object: KubeObject): KubeObject {
  if (!isSecret(object) || !Object.hasOwn(object, 'stringData')) return object;
  const { stringData, data, ...rest } = object;
  const entries = Object.entries(stringData ?? {});
  const isText = entries.every(([, value]) => value === null || typeof value === 'string');
  const areMaps = [stringData ?? {}, data ?? {}].every((map) => typeof map === 'object' && !Array.isArray(map));
  if (!isText || !areMaps) return object;
  const encoded = entries.map(([key, value]) => [key, Buffer.from(value ?? '').toString('base64')]);
  const all = { ...(data as object), ...Object.fromEntries(encoded) };
  return { ...rest, ...(Object.keys(all).length > 0 && { data: all }) } as KubeObject;
}
