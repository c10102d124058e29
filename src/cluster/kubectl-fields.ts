import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { isNamespace } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import { BUNDLE_LABEL, bundleOf } from '../kubernetes/labels';
import { appliedFieldsOf } from './applied-mark';
import { fieldsBeyond, isSameManifest, LAST_APPLIED, lastAppliedOf } from './last-applied';

/** What kubectl applied to an object. */
export interface KubectlFields {
  /** The field managers of kubectl whose fields are the bundle's. */
  readonly ofBundle: readonly string[];
  /** All field managers of kubectl. */
  readonly all: readonly string[];
  /** What kubectl applied and the bundle does not state, as paths. */
  readonly beyond: readonly string[];
}

/** The field manager of `kubectl apply`, which updates an object instead of applying it. */
const CLIENT_SIDE = 'kubectl-client-side-apply';
/** The field manager of `kubectl apply --server-side`. */
const SERVER_SIDE = 'kubectl';
/** The field manager of the annotation alone, once an object has gone from the one to the other. */
const ANNOTATION = 'kubectl-last-applied';
/** The owner of all fields of an object that had no owner when it was first applied server-side. */
const BEFORE_APPLY = 'before-first-apply';
/** It writes the annotation too. What it changed, a person has changed by hand. */
const EDITED_BY_HAND = 'kubectl-edit';

/**
 * What kubectl applied to an object of the cluster: the fields of `kubectl apply`, and those of `kubectl apply
 * --server-side`. They are the bundle's if kubectl has applied an earlier version of the bundle, which its label tells, or
 * a manifest that says the same. Whatever else it applied is somebody else's.
 *
 * @param object - the manifest of the bundle
 * @returns `undefined` if kubectl applied nothing
 */
export function kubectlFieldsOf(object: KubeObject, current: KubeObject): KubectlFields | undefined {
  const entries = kubectlEntriesOf(current);
  const manifest = lastAppliedOf(current);
  const isUnowned = manifest !== undefined && listAt(current.metadata, 'managedFields').length === 0;
  if (entries.length === 0 && !isUnowned) return undefined;
  const bundle = bundleOf(object);
  const isManifestOfBundle =
    manifest !== undefined &&
    ((bundle !== undefined && bundleOf(manifest) === bundle) || isSameManifest(manifest, object));
  const isLabeled = bundle !== undefined && bundleOf(current) === bundle;
  const ofBundle = entries.filter((entry) =>
    managerOf(entry) === SERVER_SIDE && isApply(entry)
      ? isLabeled && ownsIn(entry, 'f:labels', BUNDLE_LABEL)
      : isManifestOfBundle,
  );
  return {
    ofBundle: isUnowned ? (isManifestOfBundle ? [BEFORE_APPLY] : []) : ofBundle.map(managerOf),
    all: isUnowned ? [BEFORE_APPLY] : entries.map(managerOf),
    beyond: manifest === undefined ? [] : fieldsBeyond(manifest, object, current),
  };
}

/**
 * The field managers of kubectl that eggtooth takes over: what was taken out of the bundle then goes away.
 * @param isTold - whether eggtooth was told to overwrite what others wrote. A Namespace belongs to many all the same.
 */
export function takenOver(object: KubeObject, fields: KubectlFields, isTold: boolean): readonly string[] {
  return isTold && !isNamespace(object) ? fields.all : fields.ofBundle;
}

/**
 * metadata.managedFields of an object that eggtooth has applied, with the fields of managers of kubectl as eggtooth's. It
 * is what `kubectl apply --server-side` does: only fields of the same API version can be taken over.
 *
 * @returns `undefined` if these managers have no fields in it
 */
export function withoutKubectl(object: KubeObject, managers: readonly string[]): readonly unknown[] | undefined {
  const kubectl = kubectlEntriesOf(object).filter((entry) => managers.includes(managerOf(entry)));
  const [ours] = appliedFieldsOf(object);
  if (kubectl.length === 0 || ours === undefined) return undefined;
  const sameVersion = kubectl.filter((entry) => stringAt(entry, 'apiVersion') === stringAt(ours, 'apiVersion'));
  const fieldsV1 = [ours, ...sameVersion].map((entry) => fieldAt(entry, 'fieldsV1')).reduce(union);
  return listAt(object.metadata, 'managedFields')
    .filter((entry) => !kubectl.includes(entry))
    .map((entry) => (entry === ours ? { ...ours, fieldsV1 } : entry));
}

/** The entries of metadata.managedFields for what kubectl applied. */
function kubectlEntriesOf({ metadata }: KubeObject): readonly unknown[] {
  return listAt(metadata, 'managedFields').filter((entry) => {
    if (fieldAt(entry, 'subresource') !== undefined) return false;
    const manager = managerOf(entry);
    if (isApply(entry)) return manager === SERVER_SIDE || manager === ANNOTATION;
    const keepsManifest = ownsIn(entry, 'f:annotations', LAST_APPLIED) && manager !== EDITED_BY_HAND;
    return manager === CLIENT_SIDE || keepsManifest;
  });
}

function managerOf(entry: unknown): string {
  return stringAt(entry, 'manager') ?? '';
}

function isApply(entry: unknown): boolean {
  return stringAt(entry, 'operation') === 'Apply';
}

function ownsIn(entry: unknown, map: 'f:annotations' | 'f:labels', key: string): boolean {
  return fieldAt(entry, 'fieldsV1', 'f:metadata', map, `f:${key}`) !== undefined;
}

/** The union of two sets of fields, which are maps from a field to the fields in it. */
function union(one: unknown, other: unknown): unknown {
  const result: Record<string, unknown> = { ...(one as Readonly<Record<string, unknown>>) };
  for (const [key, fields] of Object.entries(other ?? {})) {
    result[key] = key in result ? union(result[key], fields) : fields;
  }
  return result;
}
