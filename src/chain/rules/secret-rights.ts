import { fieldAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import { printReference } from '../../kubernetes/kube-object';
import { type Binding, isInEffect, type Subject } from '../../rights/role-bindings';
import { ruleAllows, rulesOf } from '../../rights/role-rule';
import type { Fault, Rule } from '../finding';
import type { SecretReference } from '../links';

/** ClusterRoles of every cluster that allow nobody to read a Secret. */
const HARMLESS = new Set([
  'ClusterRole/system:basic-user',
  'ClusterRole/system:discovery',
  'ClusterRole/system:public-info-viewer',
  'ClusterRole/system:service-account-issuer-discovery',
  'ClusterRole/view',
]);

/**
 * Not every pod may read the Secret. Groups of all users are the concern of the rule reader-excess, because the reader is
 * one of them.
 */
export const secretRights: Rule = {
  id: 'secret-rights',
  severity: 'error',
  stops: 'signing',
  *check({ bindings, credentials }) {
    const secrets = credentials.flatMap((credential) => credential.secrets);
    for (const binding of bindings) {
      const anybody = binding.subjects.find(isAnyPod);
      if (anybody === undefined) continue;
      const secret = secrets.find((one) => isInEffect(binding.object, one.namespace));
      if (secret !== undefined) yield* faults(binding, anybody, secret);
    }
  },
};

function* faults(binding: Binding, { kind, name }: Subject, secret: SecretReference): Iterable<Fault> {
  const { object, roleRef, roles } = binding;
  const where = printReference({ apiVersion: 'v1', kind: 'Secret', ...secret });
  if (roles.length === 0 && !HARMLESS.has(roleRef)) {
    yield {
      object,
      field: 'roleRef',
      message: `gives the ${kind} ${name} the rights of ${roleRef}, which is not in the bundle and may allow reading ${where}`,
      fix: 'bind a ServiceAccount of its own to a Role of the bundle',
    };
  }
  for (const role of roles) {
    const field = readsSecret(role, secret);
    if (field === undefined) continue;
    yield {
      object: role,
      field,
      message: `allows the ${kind} ${name} to read ${where}, which contains the key of a reader`,
      fix: 'name the Secrets that are meant, or bind a ServiceAccount of its own',
    };
  }
}

/** Groups of service accounts, and the service account of every pod that names none. */
function isAnyPod({ kind, name }: Subject): boolean {
  if (kind === 'Group') return /^system:serviceaccounts(:|$)/.test(name);
  return kind === 'ServiceAccount' ? name === 'default' : kind === 'User' && name === 'system:anonymous';
}

function readsSecret(role: KubeObject, { name }: SecretReference): string | undefined {
  if (fieldAt(role, 'aggregationRule') != null) return 'aggregationRule';
  const reads = ['get', 'list', 'watch'].map((verb) => ({ verb, group: '', resource: 'secrets', name }));
  return rulesOf(role).find((rule) => reads.some((right) => ruleAllows(rule, right)))?.field;
}
