import type { AdmissionPolicyBindingManifest, AdmissionPolicyManifest } from '../../kubernetes/k8s';

/** A write, as admission names it. */
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What an admission policy allows of one kind of object. */
export interface Restriction {
  /** API group of the objects. */
  readonly group: string;
  /** Plural name of the objects, and of their subresources that a write could use. */
  readonly resources: readonly string[];
  /**
   * The writes that it restricts.
   * @default - all
   */
  readonly operations?: readonly Operation[];
  /** Values that the validations use as `variables.NAME`, in CEL. */
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  /** What must hold for a write; see {@link admissionPolicy} for the variables. */
  readonly validations: readonly { readonly expression: string; readonly message: string }[];
}

/** Options for {@link admissionPolicy}. */
export interface PolicyOptions {
  /** Name of the policy and of its binding. */
  readonly name: string;
  /** The user that it restricts. Nobody else is affected. */
  readonly username: string;
  /** What the user may write. Other kinds are left to RBAC. */
  readonly restrictions: readonly Restriction[];
}

const EVERY_OPERATION: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE'];
const apiVersion = 'admissionregistration.k8s.io/v1';

/**
 * A ValidatingAdmissionPolicy that restricts what one user may write, where RBAC cannot: RBAC allows an object as a whole,
 * with every field of it. It is one policy for all kinds, so that none of them is in force without the others.
 *
 * The variables `before` and `after` are the object before and after the write: empty if there is none. They are dynamic,
 * because the policy is compiled for each of the kinds.
 *
 * The policy denies the call if it fails. It requires Kubernetes 1.30.
 */
export function admissionPolicy({ name, username, restrictions }: PolicyOptions): AdmissionPolicyManifest {
  return {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: restrictions.map(({ group, resources, operations = EVERY_OPERATION }) => ({
          apiGroups: [group],
          apiVersions: ['*'],
          operations: [...operations],
          resources,
        })),
      },
      matchConditions: [{ name: 'user', expression: `request.userInfo.username == '${username}'` }],
      variables: [
        { name: 'before', expression: 'oldObject == null ? dyn({}) : dyn(oldObject)' },
        { name: 'after', expression: 'object == null ? dyn({}) : dyn(object)' },
        ...restrictions.flatMap(({ variables = [] }) => variables),
      ],
      validations: restrictions.flatMap(({ group, validations }) =>
        validations.map(({ expression, message }) => ({
          expression: `request.resource.group != '${group}' || (${expression})`,
          message,
          // Answers with 403, like a denial of RBAC.
          reason: 'Forbidden',
        })),
      ),
    },
  };
}

/** The binding that enforces the {@link admissionPolicy}. */
export function admissionPolicyBinding({ name }: Pick<PolicyOptions, 'name'>): AdmissionPolicyBindingManifest {
  return {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  };
}

/** CEL: a write leaves everything in these fields as it is. */
export function isUnchanged(...fields: readonly string[]): string {
  return fields.map((field) => `variables.after.?${field} == variables.before.?${field}`).join(' && ');
}

/**
 * CEL: a write leaves the entries of a map as they are.
 * @param field - path of the map
 * @param except - CEL over `key`: the entries that may be added or changed
 * @param removable - CEL over `key`: the entries that may be removed; by default none
 */
export function areEntriesUnchanged(field: string, except: string, removable?: string): string {
  const [after, before] = ['after', 'before'].map((object) => `variables.${object}.?${field}.orValue({})`);
  return [
    `${after}.all(key, (key in ${before} && ${before}[key] == ${after}[key]) || (${except}))`,
    `${before}.all(key, key in ${after}${removable === undefined ? '' : ` || ${removable}`})`,
  ].join(' && ');
}

/** CEL: a list of texts that contain no quotation mark. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map((text) => `'${text}'`).join(', ')}]`;
}
