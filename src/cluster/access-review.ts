import { EggtoothError } from '../errors';
import { fieldAt, listAt, stringAt, stringsAt } from '../kubernetes/fields';
import type { Cluster } from './cluster';

/** The action that a SubjectAccessReview is about (`spec.resourceAttributes`). */
export interface ResourceAttributes {
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
}

/** Whether the API server allows an action. */
export interface AccessVerdict {
  /** An answer without a verdict counts as allowed: only an explicit denial is safe. */
  readonly allowed: boolean;
  readonly reason: string;
}

/** Asks whether a user who is in the group system:authenticated may do something (SubjectAccessReview). */
export async function reviewAccess(
  cluster: Cluster,
  user: string,
  resourceAttributes: ResourceAttributes,
): Promise<AccessVerdict> {
  const review = await cluster.call({
    purpose: `ask what ${user} may do`,
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups: ['system:authenticated'], resourceAttributes },
    },
  });
  return {
    allowed: fieldAt(review, 'status', 'allowed') !== false,
    reason: stringAt(review, 'status', 'reason') ?? '',
  };
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

/**
 * Lists what the caller may do in a namespace (SelfSubjectRulesReview), each right as `VERB GROUP/RESOURCE NAME` or
 * `VERB URL`.
 * @throws EggtoothError `ERR_EGGTOOTH_VERIFICATION` if the list is incomplete
 */
export async function reviewRights(cluster: Cluster, namespace: string): Promise<ReadonlySet<string>> {
  const review = await cluster.call({
    purpose: 'list what the user may do',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
  });
  if (fieldAt(review, 'status', 'incomplete') === true) {
    throw new EggtoothError('ERR_EGGTOOTH_VERIFICATION', 'the API server cannot list all rights of the user', {
      fix: 'check its other authorizers, for example a webhook',
    });
  }
  const resources = listAt(review, 'status', 'resourceRules').flatMap((rule) =>
    product(rule, ['verbs', 'apiGroups', 'resources', 'resourceNames']).map(
      ([verb, group, resource, name]) => `${verb} ${group}/${resource} ${name}`,
    ),
  );
  const urls = listAt(review, 'status', 'nonResourceRules').flatMap((rule) =>
    product(rule, ['verbs', 'nonResourceURLs']).map(([verb, url]) => `${verb} ${url}`),
  );
  return new Set([...resources, ...urls]);
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
