import { EggtoothError } from '../errors';
import { fieldAt, listAt, stringAt, stringsAt } from '../kubernetes/fields';
import type { Right } from '../rights/right';
import type { Cluster } from './cluster';

/** Whether the API server allows an action. */
export interface AccessVerdict {
  /** An answer without a verdict counts as allowed: only an explicit denial is safe. */
  readonly allowed: boolean;
  readonly reason: string;
}

/**
 * Asks whether a user who is in the group system:authenticated has a right (SubjectAccessReview).
 * @param namespace - where, if it is a right to a resource
 */
export async function reviewAccess(
  cluster: Cluster,
  user: string,
  right: Right,
  namespace: string,
): Promise<AccessVerdict> {
  const answer = await review(cluster, user, right, namespace);
  return {
    allowed: fieldAt(answer, 'status', 'allowed') !== false,
    reason: stringAt(answer, 'status', 'reason') ?? '',
  };
}

/** A user that nobody is and nothing is bound to. What it may do, every authenticated user may. */
const NOBODY = 'eggtooth:nobody';

/**
 * Asks whether every authenticated user has a right. An answer without a verdict does not say so.
 * @param namespace - where, if it is a right to a resource
 */
export async function everybodyMay(cluster: Cluster, right: Right, namespace: string): Promise<boolean> {
  const answer = await review(cluster, NOBODY, right, namespace);
  return fieldAt(answer, 'status', 'allowed') === true;
}

/**
 * Asks whether the caller has a right (SelfSubjectAccessReview). An answer without a verdict counts as allowed.
 * @param namespace - where, if it is a right to a resource
 */
export async function mayCaller(cluster: Cluster, right: Right, namespace: string): Promise<boolean> {
  const answer = await cluster.call({
    purpose: 'ask what the caller may do',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: attributesOf(right, namespace),
    },
  });
  return fieldAt(answer, 'status', 'allowed') !== false;
}

function attributesOf(right: Right, namespace: string): object {
  if ('url' in right) return { nonResourceAttributes: { verb: right.verb, path: right.url } };
  const { verb, group, name } = right;
  const [resource, subresource] = right.resource.split('/');
  return {
    resourceAttributes: { namespace, verb, group, resource, subresource, ...(name !== '*' && { name }) },
  };
}

function review(cluster: Cluster, user: string, right: Right, namespace: string): Promise<unknown> {
  return cluster.call({
    purpose: `ask what ${user} may do`,
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups: ['system:authenticated'], ...attributesOf(right, namespace) },
    },
  });
}

/** How the API server identifies a caller. */
export interface CallerIdentity {
  readonly name: string;
  readonly groups: readonly string[];
  /** `X509SHA256=` and the fingerprint of the client certificate. Empty before Kubernetes 1.32. */
  readonly credentialIds: readonly string[];
}

/** Asks how the API server identifies the caller (SelfSubjectReview). */
export async function reviewIdentity(cluster: Cluster): Promise<CallerIdentity> {
  const review = await cluster.call({
    purpose: 'ask the API server whose certificate this is',
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  const info = fieldAt(review, 'status', 'userInfo');
  return {
    name: stringAt(info, 'username') ?? '',
    groups: stringsAt(info, 'groups'),
    credentialIds: stringsAt(info, 'extra', 'authentication.kubernetes.io/credential-id'),
  };
}

/** What the caller may do in a namespace. */
export interface CallerRights {
  readonly rights: readonly Right[];
  /** Whether an authorizer other than RBAC, for example a webhook, may allow more than it can list. */
  readonly incomplete: boolean;
}

/**
 * Lists what the caller may do in a namespace, and everywhere (SelfSubjectRulesReview).
 * @throws EggtoothError `ERR_EGGTOOTH_API` if the answer has no result: it would look as if there were no rights
 */
export async function reviewRights(cluster: Cluster, namespace: string): Promise<CallerRights> {
  const answer = await cluster.call({
    purpose: 'list what the user may do',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
  });
  const incomplete = fieldAt(answer, 'status', 'incomplete');
  if (typeof incomplete !== 'boolean') {
    const problem = `the API server ${cluster.server} answered a review of rights without a result`;
    const fix = 'check that this is the address of the API server, with no proxy in between';
    throw new EggtoothError('ERR_EGGTOOTH_API', problem, { fix });
  }
  const resources = listAt(answer, 'status', 'resourceRules').flatMap((rule) =>
    product(rule, ['verbs', 'apiGroups', 'resources', 'resourceNames']).map(
      ([verb = '', group = '', resource = '', name = '']) => ({ verb, group, resource, name }),
    ),
  );
  const urls = listAt(answer, 'status', 'nonResourceRules').flatMap((rule) =>
    product(rule, ['verbs', 'nonResourceURLs']).map(([verb = '', url = '']) => ({ verb, url })),
  );
  return { rights: [...resources, ...urls], incomplete };
}

/** All combinations of the entries of a rule's lists. A missing list counts as `*`. */
function product(rule: unknown, fields: readonly string[]): readonly (readonly string[])[] {
  return fields.reduce<readonly (readonly string[])[]>(
    (rows, field) => {
      const values = fieldAt(rule, field) === undefined ? ['*'] : stringsAt(rule, field);
      return rows.flatMap((row) => values.map((value) => [...row, value]));
    },
    [[]],
  );
}
