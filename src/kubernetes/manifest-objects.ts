import { type Problem, quote } from '../errors';
import { bundleFault } from './bundle-fault';
import { fieldAt, listAt, stringAt } from './fields';
import type { KubeObject } from './kube-object';
import { isApiVersion, isPathSegment } from './names';

/**
 * The Kubernetes objects of a document: the items of a list, or the one that it is.
 *
 * @param where - file and line, for errors
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE`
 */
export function objectsOf(where: string, value: unknown): readonly KubeObject[] {
  if (isList(value)) return listAt(value, 'items').flatMap((item) => objectsOf(where, withKind(item, value)));
  if (!isKubeObject(value)) {
    throw bundleFault(`not a Kubernetes object: ${where}`, 'give each document an apiVersion, a kind and metadata');
  }
  const found = problemOf(value);
  if (found !== undefined) throw bundleFault(`${found.problem}: ${where}`, found.fix);
  return [value];
}

/** kubectl takes any object with items for a list. What has a name or other fields besides would be lost with that. */
function isList(value: unknown): boolean {
  const items = fieldAt(value, 'items');
  if (typeof value !== 'object' || value === null || !(Array.isArray(items) || items === null)) return false;
  if (stringAt(value, 'kind')?.endsWith('List')) return true;
  const isOnlyList = Object.keys(value).every((field) => ['apiVersion', 'kind', 'metadata', 'items'].includes(field));
  return isOnlyList && Array.isArray(items) && fieldAt(value, 'metadata', 'name') === undefined;
}

/** The API server writes apiVersion and kind only once in a list such as a RoleList, and kubectl adds them to its items. */
function withKind(item: unknown, list: unknown): unknown {
  const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
  if (!isObject || fieldAt(item, 'apiVersion') || fieldAt(item, 'kind')) return item;
  const kind = stringAt(list, 'kind')?.replace(/List$/, '');
  return kind ? { ...item, apiVersion: fieldAt(list, 'apiVersion'), kind } : item;
}

/** Why an object cannot be what the cluster gets. */
function problemOf(object: KubeObject): Problem | undefined {
  if (Object.hasOwn(object, 'items')) {
    return {
      problem: `${quote(object.kind)} has items but is not a List, and kubectl applies the items of any object`,
      fix: 'use apiVersion v1 and kind List for a list of objects, or remove items',
    };
  }
  const { apiVersion, metadata } = object;
  const invalid = (field: string, value: unknown, fix: string) => ({
    problem: `invalid ${field} ${quote(JSON.stringify(value))}`,
    fix,
  });
  if (!isApiVersion(apiVersion)) return invalid('apiVersion', apiVersion, 'write VERSION or GROUP/VERSION');
  for (const field of ['name', 'namespace'] as const) {
    const value: unknown = metadata[field] ?? undefined;
    if (value === undefined || value === '' || (typeof value === 'string' && isPathSegment(value))) continue;
    return invalid(`metadata.${field}`, value, 'write a text without / and % and control characters, but not . or ..');
  }
  return undefined;
}

function isKubeObject(value: unknown): value is KubeObject {
  const metadata = fieldAt(value, 'metadata');
  return (
    stringAt(value, 'apiVersion') !== undefined &&
    stringAt(value, 'kind') !== undefined &&
    typeof metadata === 'object' &&
    metadata !== null
  );
}
