import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { type Cluster, eventually } from '../../../tools/control-plane';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A Role or ClusterRole. */
export interface RoleObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly Rule[];
}

/** One verb of one rule of a role. */
export interface Right {
  readonly role: RoleObject;
  readonly rule: Rule;
  readonly verb: string;
  /** As in `patch secrets eggtooth-system/assets-tls`. */
  readonly name: string;
}

/** Every single right that the roles of a file grant. */
export function readRights(file: string): readonly Right[] {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document): RoleObject => document.toJS());
  return objects
    .filter(({ kind }) => kind.endsWith('Role'))
    .flatMap((role) =>
      role.rules.flatMap((rule) =>
        rule.verbs.map((verb) => {
          const where = [role.metadata.namespace, ...(rule.resourceNames ?? [])].filter(Boolean).join('/');
          return { role, rule, verb, name: `${verb} ${rule.resources.join()} ${where}`.trim() };
        }),
      ),
    );
}

/** Removes rights from their roles; resolves, once that is in effect, to a function that restores them. */
export async function takeAway(cluster: Cluster, user: string, rights: readonly Right[]): Promise<() => Promise<void>> {
  const roles = [...new Set(rights.map(({ role }) => role))];
  const taken = (rule: Rule, verb: string) => rights.some((right) => right.rule === rule && right.verb === verb);
  const less = roles.map(({ apiVersion, kind, metadata, rules }) => ({
    apiVersion,
    kind,
    metadata,
    rules: rules
      .map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => !taken(rule, verb)) }))
      .filter(({ verbs }) => verbs.length > 0),
  }));
  await cluster.apply(less);
  await untilDecided(cluster, user, rights, false);
  return async () => {
    await cluster.apply(roles.map((role) => ({ ...role })));
    await untilDecided(cluster, user, rights, true);
  };
}

async function untilDecided(cluster: Cluster, user: string, rights: readonly Right[], expected: boolean) {
  await eventually(async () => {
    const answers = await Promise.all(rights.map((right) => isAllowed(cluster, user, right)));
    return answers.every((answer) => answer === expected);
  });
}

async function isAllowed(cluster: Cluster, user: string, { role, rule, verb }: Right): Promise<boolean> {
  const [[resource, subresource] = []] = rule.resources.map((one) => one.split('/'));
  const [name] = rule.resourceNames ?? [];
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user,
      resourceAttributes: {
        namespace: role.metadata.namespace,
        verb,
        group: rule.apiGroups[0],
        resource,
        subresource,
        name,
      },
    },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  return JSON.parse(await cluster.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(review))).status.allowed;
}
