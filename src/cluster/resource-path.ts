import { EggtoothError } from '../errors';
import type { ObjectReference } from '../kubernetes/kube-object';
import { isApiVersion, isPathSegment } from '../kubernetes/names';

/**
 * Path of an API version.
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` if it is not an API version
 */
export function basePath({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): string {
  if (isApiVersion(apiVersion)) return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  throw invalid(kind, 'apiVersion', apiVersion, 'write VERSION or GROUP/VERSION, for example v1 or apps/v1');
}

/**
 * Path of an object, or of a collection if it has no name. Manifests come from anybody: this is the only file that writes
 * their names into a URL.
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` if a name would lead to another path
 */
export function resourcePath(
  { base, plural }: { readonly base: string; readonly plural: string },
  { kind, namespace, name }: Pick<ObjectReference, 'kind'> & Partial<ObjectReference>,
  subresource?: string,
): string {
  for (const [field, text] of Object.entries({ namespace, name })) {
    if (text === undefined || isPathSegment(text)) continue;
    throw invalid(kind, field, text, 'use a name without / and % and control characters that is not . or ..');
  }
  const segments = [...(namespace === undefined ? [] : ['namespaces', namespace]), plural, name, subresource];
  return [base, ...segments.filter((segment) => segment !== undefined).map(encodeURIComponent)].join('/');
}

function invalid(kind: string, field: string, text: string, fix: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_BUNDLE', `the ${kind} has an invalid ${field}: ${JSON.stringify(text)}`, {
    fix,
  });
}
