import { quote } from '../errors';
import { stringAt } from '../kubernetes/fields';
import type { ApiCall } from './cluster';

/** A permission that a caller lacks. */
export interface MissingPermission {
  /** The user that the API server takes the caller for. */
  readonly user: string;
  /** What is wrong, as the end of a sentence. */
  readonly problem: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A rule of a Role. */
interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * The message of a call that an authorizer denied, in the form that the API server gives it for every authorizer. `Status`
 * has no field for the user.
 */
const DENIED =
  /(?:^| )forbidden: User (?<user>"(?:[^"\\]|\\.)*") cannot (?<verb>\S+) (?:path (?<path>"(?:[^"\\]|\\.)*")|resource "(?<resource>[^"]*)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)")?)/;

/** The permission whose lack is the reason of a `Status`; `undefined` if the reason is another one. */
export function missingPermission(call: ApiCall, status: unknown): MissingPermission | undefined {
  const found = DENIED.exec(stringAt(status, 'message') ?? '')?.groups;
  if (found === undefined) return undefined;
  const { verb = '', path, resource = '', group = '', namespace } = found;
  const user = unquoted(found.user ?? '');
  const name = stringAt(status, 'details', 'name') ?? '';
  const called = calledRule(call);
  // Somebody else's credentials, for example, need a permission of another resource than the call names.
  const isCalled = called.resources?.[0] === resource;
  const rule: Rule =
    path !== undefined
      ? { nonResourceURLs: [unquoted(path)], verbs: [verb] }
      : {
          apiGroups: [group],
          resources: [resource],
          ...(name !== '' && { resourceNames: [name] }),
          verbs: isCalled ? [...new Set([...called.verbs, verb])].sort() : [verb],
        };
  const what = path !== undefined ? unquoted(path) : `${resource}${name === '' ? '' : ` ${name}`}`;
  const where = namespace === undefined ? '' : ` in the namespace ${namespace}`;
  if (user === 'system:anonymous') {
    return { user, problem: `it takes the caller for nobody (${user})`, fix: 'use a kubeconfig with credentials' };
  }
  return {
    user,
    problem: quote(`the user ${user} may not ${verb} ${what}${where}`),
    fix: `grant this permission: ${printRule(rule)}${alsoNeeded(call)} to ${holder(user)}, in a ${namespace === undefined ? 'ClusterRole' : `Role in the namespace ${quote(namespace)}`}`,
  };
}

/** The rule of a Role that allows a call. */
export function neededRule(call: ApiCall): string {
  return printRule(calledRule(call));
}

/** `/api/VERSION` or `/apis/GROUP/VERSION`, then the namespace, resource, name and subresource. */
const RESOURCE_PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+))?)?/;

function calledRule(call: ApiCall): Rule {
  const verbs = verbsOf(call);
  const { group = '', plural, name, subresource } = RESOURCE_PATH.exec(call.path)?.groups ?? {};
  if (plural === undefined) return { nonResourceURLs: [call.path], verbs };
  return {
    apiGroups: [group],
    resources: [subresource === undefined ? plural : `${plural}/${subresource}`],
    ...(name !== undefined && { resourceNames: [decodeURIComponent(name)] }),
    verbs,
  };
}

function verbsOf({ method, query, contentType }: ApiCall): readonly string[] {
  // Only lists come in pages.
  if (method === 'GET') return [query?.limit === undefined ? 'get' : 'list'];
  if (method === 'POST') return ['create'];
  if (method === 'DELETE') return ['delete'];
  // An apply creates what does not exist, and the path has its name.
  return contentType === 'application/apply-patch+yaml' ? ['create', 'patch'] : ['patch'];
}

/** An approval needs a permission of the signer too, which is checked later. */
function alsoNeeded({ path }: ApiCall): string {
  if (!path.endsWith('/approval')) return '';
  const rule = {
    apiGroups: ['certificates.k8s.io'],
    resources: ['signers'],
    resourceNames: [SIGNER],
    verbs: ['approve'],
  };
  return ` and ${printRule(rule)}`;
}

const SIGNER = 'kubernetes.io/kube-apiserver-client';

/** A rule as YAML on one line, to be copied into the rules of a Role. */
function printRule(rule: Rule): string {
  const fields = Object.entries(rule).map(([field, values]) => `${field}: [${values.map(printText).join(', ')}]`);
  return `{${fields.join(', ')}}`;
}

function printText(text: string): string {
  return /^[A-Za-z][A-Za-z0-9./_-]*$|^\/[A-Za-z0-9./_-]*$/.test(text) ? text : JSON.stringify(quote(text));
}

function holder(user: string): string {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return name === undefined ? `the user ${quote(user)}` : quote(`the ServiceAccount ${namespace}/${name}`);
}

/** A text that Go has quoted, in which characters of HTML are escaped. */
function unquoted(text: string): string {
  const plain = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  try {
    return JSON.parse(plain) as string;
  } catch {
    return plain.slice(1, -1);
  }
}
