import { isDeepStrictEqual } from 'node:util';
import { stringAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';
import { BUNDLE_LABEL } from '../kubernetes/labels';
import { APPLIED } from './applied-mark';

/** Annotation in which `kubectl apply` keeps the manifest that it has applied. Of a Secret it is a copy of its data. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manifest that `kubectl apply` has applied last; `undefined` if it has not, or the annotation is no manifest. */
export function lastAppliedOf({ metadata }: KubeObject): KubeObject | undefined {
  try {
    const manifest: unknown = JSON.parse(stringAt(metadata, 'annotations', LAST_APPLIED) ?? '');
    const isManifest = stringAt(manifest, 'kind') !== undefined && isMap((manifest as KubeObject).metadata);
    return isManifest ? (manifest as KubeObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two manifests say the same, apart from what eggtooth adds to an object. */
export function isSameManifest(one: KubeObject, other: KubeObject): boolean {
  return isDeepStrictEqual(statedBy(one), statedBy(other));
}

/**
 * The fields that a manifest states and another does not, as paths such as `.data.key`. A list counts as a whole.
 * @param live - the object in the cluster: what it does not have is gone already
 */
export function fieldsBeyond(one: KubeObject, other: KubeObject, live: KubeObject): readonly string[] {
  return pathsBeyond(statedBy(one), statedBy(other), statedBy(live), '');
}

function pathsBeyond(one: unknown, other: unknown, live: unknown, path: string): readonly string[] {
  if (live === undefined) return [];
  if (!isMap(one) || !isMap(live)) return other === undefined ? [path] : [];
  if (other !== undefined && !isMap(other)) return [];
  return Object.entries(one).flatMap(([key, value]) => pathsBeyond(value, other?.[key], live[key], `${path}.${key}`));
}

/** What a manifest states, without empty values, and without what a reader of manifests or eggtooth adds. */
function statedBy({ apiVersion: _, kind: __, metadata, status: ___, ...rest }: KubeObject): unknown {
  const { labels, annotations } = metadata;
  return withoutEmpty({
    ...rest,
    metadata: {
      labels: { ...labels, [BUNDLE_LABEL]: undefined },
      annotations: { ...annotations, [APPLIED]: undefined, [LAST_APPLIED]: undefined },
    },
  });
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isMap(value)) return value ?? undefined;
  const entries = Object.entries(value).map(([key, one]) => [key, withoutEmpty(one)] as const);
  const stated = entries.filter(([, one]) => one !== undefined);
  return stated.length === 0 ? undefined : Object.fromEntries(stated);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
