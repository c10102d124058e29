import { fieldAt, stringAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import { isCrd } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';

/** A field of an object that names a Secret, whatever kind of object it is. */
export interface SecretMention {
  /** Path of the field, for example `spec.template.spec.volumes[0].secret.secretName`. */
  readonly field: string;
  /** Name of the Secret. */
  readonly name: string;
  /** The namespaces that the Secret can be in. */
  readonly namespaces: readonly string[];
}

/** Keys of fields that name Secrets: `secretName`, `certSecretRef`, `imagePullSecrets`, `existingSecret` and so on. */
const NAMES_SECRET = /secret|certificateRef/i;

/**
 * Every field of an object that names a Secret: by its key, or by a reference of kind Secret. It need not know the kind
 * of the object. Schemas name none.
 */
export function secretMentionsOf(object: KubeObject): readonly SecretMention[] {
  if (isCrd(object)) return [];
  const target = stringAt(object, 'spec', 'targetNamespace');
  const own = [namespaceOf(object.metadata), ...(target === undefined ? [] : [target])];
  const found: SecretMention[] = [];
  for (const [key, value] of Object.entries(object)) {
    if (key !== 'metadata') collect(value, key, NAMES_SECRET.test(key), own, found);
  }
  return found;
}

/** @param named - whether the key of the value says that it names a Secret */
function collect(value: unknown, path: string, named: boolean, own: readonly string[], found: SecretMention[]): void {
  if (typeof value === 'string') {
    if (named) found.push({ field: path, name: value, namespaces: own });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) collect(entry, `${path}[${index}]`, named, own, found);
    return;
  }
  const [name, namespace] = [stringAt(value, 'name'), stringAt(value, 'namespace')];
  if (name !== undefined && (named || fieldAt(value, 'kind') === 'Secret')) {
    found.push({ field: `${path}.name`, name, namespaces: namespace === undefined ? own : [namespace] });
  }
  for (const [key, entry] of Object.entries(value)) {
    const isNamed = NAMES_SECRET.test(key);
    if (isNamed || typeof entry === 'object') collect(entry, `${path}.${key}`, isNamed, own, found);
  }
}
