import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type Broken, bound, extended, patched, role, roleRef, roleReference, type Sound } from './broken';

const segment = 'cozystack-assets-0';
const reader = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'cozystack-assets-reader' };
const group = (name: string) => ({ ...reader, kind: 'Group', name });
const apiVersion = 'rbac.authorization.k8s.io/v1';
const own = { apiGroups: [''], resources: ['pods/proxy'], resourceNames: [segment], verbs: ['get'] };

function roleOf(kind: 'Role' | 'ClusterRole', name: string, rules: readonly object[], namespace = 'cozy-system') {
  return { apiVersion, kind, metadata: { name, ...(kind === 'Role' && { namespace }) }, rules };
}

/** The reader bound to one more role, whose objects are in the bundle. */
function withRole(made: KubeObject, namespace?: string): Pick<Broken, 'objects'> {
  const ref = roleRef(made.kind, made.metadata.name ?? '');
  return extended(made, bound('RoleBinding', 'more', ref, [reader], namespace));
}

const fixes = {
  apiGroups: 'remove it, or bind it to another user',
  nonResourceURLs: 'remove it, or bind it to another user',
  resources: 'allow only [pods/proxy]',
  resourceNames: `name the segment that Flux reads: [${segment}]`,
};
const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };

/** Rules that the reader's own Role must not have, with the field that each gives too much in. */
const rules = (
  [
    {
      rule: { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
      field: 'resources',
      says: 'may use secrets, which no HelmRepository reads',
    },
    {
      rule: { apiGroups: ['apps'], resources: ['*'], verbs: ['*'] },
      field: 'apiGroups',
      says: 'may use * of the API group apps',
    },
    {
      rule: { apiGroups: [''], resources: ['*/token'], verbs: ['create'] },
      field: 'resources',
      says: "may use */token, which is more than a pod's proxy",
    },
    {
      rule: { apiGroups: ['*'], resources: ['pods/proxy'], resourceNames: [segment], verbs: ['get'] },
      field: 'apiGroups',
      says: 'may use pods/proxy of the API group *',
    },
    {
      rule: { apiGroups: ['', 'metrics.k8s.io'], resources: ['pods/proxy'], resourceNames: [segment], verbs: ['get'] },
      field: 'apiGroups',
      says: 'may use pods/proxy of the API group metrics.k8s.io',
    },
    {
      rule: { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
      field: 'resources',
      says: 'may use serviceaccounts',
    },
    {
      rule: { ...own, resources: ['services/proxy'] },
      field: 'resources',
      says: 'may use services/proxy, which no HelmRepository reads',
    },
    {
      rule: { ...own, resourceNames: [`${segment}:8123`] },
      field: 'resourceNames',
      says: `may use pods/proxy of ${segment}:8123, which no HelmRepository reads`,
    },
    { rule: { ...own, resources: ['pods/proxy', 'nodes/proxy'] }, field: 'resources', says: 'may use nodes/proxy' },
    {
      rule: { nonResourceURLs: ['/metrics'], verbs: ['get'] },
      field: 'nonResourceURLs',
      says: 'may use the URLs /metrics',
    },
  ] satisfies readonly { rule: object; field: keyof typeof fixes; says: string }[]
).map(({ rule, field, says }) => ({
  by: `the rule ${JSON.stringify(rule)} in the reader's Role`,
  ...patched(role, JsonPatch.add('/rules/-', rule)),
  at: [roleReference],
  field: `rules[1].${field}`,
  says: `cozystack-assets-reader ${says}`,
  fix: fixes[field],
}));

const ownRule = [
  ...[['get', 'create'], ['get', 'list'], ['*']].map((verbs) => ({
    by: `the verbs ${verbs.join(', ')}`,
    ...patched(role, JsonPatch.replace('/rules/0/verbs', verbs)),
    field: 'rules[0].verbs',
    says: `may ${verbs.filter((verb) => verb !== 'get')} beside get, but Flux only reads`,
    fix: 'set verbs: [get]',
  })),
  {
    by: 'no resourceNames',
    ...patched(role, JsonPatch.remove('/rules/0/resourceNames')),
    field: 'rules[0].resourceNames',
    says: 'may use pods/proxy of every pod and Service, because there are no resourceNames',
    fix: `name the segment that Flux reads: [${segment}]`,
  },
  ...[
    { names: [], says: 'because there are no resourceNames' },
    { names: [segment, '*'], says: 'the name *, which is not a wildcard here' },
    { names: [segment, 'etcd-0'], says: 'may use pods/proxy of etcd-0, which no HelmRepository reads' },
  ].map(({ names, says }) => ({
    by: `the resourceNames [${names}]`,
    ...patched(role, JsonPatch.replace('/rules/0/resourceNames', names)),
    field: 'rules[0].resourceNames',
    says,
    fix: `name the segment that Flux reads: [${segment}]`,
  })),
  ...['*', '*/proxy'].map((resource) => ({
    by: `the resource ${resource}`,
    ...patched(role, JsonPatch.replace('/rules/0/resources', [resource])),
    field: 'rules[0].resources',
    says: `may use ${resource}, which is more than a pod's proxy`,
    fix: 'allow only [pods/proxy]',
  })),
].map((broken) => ({ at: [roleReference], ...broken }));

const otherBindings = [
  ...['cozystack-assets-reader:g2', 'cozystack-assets-reader:g17'].map((name) => ({
    by: `a RoleBinding of another generation, ${name}`,
    ...extended(bound('RoleBinding', 'more', roleRef('ClusterRole', 'view'), [{ ...reader, name }])),
    at: ['RoleBinding cozy-system/more'],
    field: 'roleRef',
    says: `${name} has the rights of ClusterRole/view`,
    fix: 'remove the binding',
  })),
  {
    by: 'a ClusterRoleBinding of the reader',
    ...extended(bound('ClusterRoleBinding', 'more', roleRef('ClusterRole', 'view'), [reader])),
    at: ['ClusterRoleBinding more'],
    field: 'kind',
    says: 'cozystack-assets-reader has the rights of ClusterRole/view in every namespace of the cluster',
    fix: 'use a RoleBinding in the namespace of the pod or Service',
  },
  ...['admin', 'view', 'cozystack-assets-reader'].map((name) => ({
    by: `a RoleBinding of the reader to the ClusterRole ${name}, which is not in the bundle`,
    ...extended(bound('RoleBinding', 'more', roleRef('ClusterRole', name), [reader])),
    at: ['RoleBinding cozy-system/more'],
    field: 'roleRef',
    says: `has the rights of ClusterRole/${name}, which is not in the bundle`,
    fix: 'remove the binding, or bind a Role of the bundle',
  })),
  {
    by: 'a RoleBinding of the reader to a Role of another namespace',
    ...extended(
      roleOf('Role', 'elsewhere', [own], 'team-a'),
      bound('RoleBinding', 'more', roleRef('Role', 'elsewhere'), [reader], 'team-b'),
    ),
    at: ['RoleBinding team-b/more'],
    field: 'roleRef',
    says: 'has the rights of Role/elsewhere, which is not in the bundle',
    fix: 'remove the binding',
  },
  {
    by: 'a ClusterRole with an aggregationRule',
    ...withRole({
      ...roleOf('ClusterRole', 'aggregate', []),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { any: 'true' } }] },
    }),
    at: ['ClusterRole aggregate'],
    field: 'aggregationRule',
    says: 'has the rights of every ClusterRole that the aggregationRule selects',
    fix: 'list the rules instead',
  },
  {
    by: 'a ClusterRole for everything, bound in one namespace',
    ...withRole(roleOf('ClusterRole', 'everything', [everything])),
    at: ['ClusterRole everything'],
    field: 'rules[0].apiGroups',
    says: 'may use * of the API group *',
    fix: 'remove it, or bind it to another user',
  },
  ...[undefined, 'default'].flatMap((ofRole) =>
    [undefined, 'default'].map((ofBinding) => ({
      by: `a Role with the namespace ${ofRole} and a binding with the namespace ${ofBinding}`,
      ...extended(
        {
          ...roleOf('Role', 'secrets', []),
          metadata: { name: 'secrets', ...(ofRole && { namespace: ofRole }) },
          rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
        },
        {
          ...bound('RoleBinding', 'more', roleRef('Role', 'secrets'), [reader]),
          metadata: { name: 'more', ...(ofBinding && { namespace: ofBinding }) },
        },
      ),
      at: [ofRole === undefined ? 'Role secrets' : 'Role default/secrets'],
      field: 'rules[0].resources',
      says: 'may use secrets, which no HelmRepository reads in this namespace',
      fix: 'remove it, or bind it to another user',
    })),
  ),
  ...['kube-system', 'cozy-public'].map((namespace) => ({
    by: `Role and binding for the same segment in the namespace ${namespace}`,
    ...withRole(roleOf('Role', 'again', [own], namespace), namespace),
    at: [`Role ${namespace}/again`],
    field: 'rules[0].resources',
    says: 'may use pods/proxy, which no HelmRepository reads in this namespace',
    fix: 'remove it, or bind it to another user',
  })),
  {
    by: 'the ClusterRole of the route, bound in another namespace too',
    ...extended(
      roleOf('ClusterRole', 'segment', [own]),
      bound('RoleBinding', 'here', roleRef('ClusterRole', 'segment'), [reader]),
      bound('RoleBinding', 'there', roleRef('ClusterRole', 'segment'), [reader], 'kube-system'),
    ),
    at: ['ClusterRole segment'],
    field: 'rules[0].resources',
    says: 'may use pods/proxy, which no HelmRepository reads in this namespace',
    fix: 'remove it, or bind it to another user',
  },
  ...[
    { kind: 'ClusterRoleBinding', name: 'cluster-admin', to: 'system:authenticated' },
    { kind: 'ClusterRoleBinding', name: 'view', to: 'system:unauthenticated' },
    { kind: 'RoleBinding', name: 'edit', to: 'system:authenticated' },
  ].map(({ kind, name, to }) => ({
    by: `a ${kind} of ${name} to the Group ${to}`,
    ...extended(bound(kind, 'more', roleRef('ClusterRole', name), [group(to)])),
    at: [kind === 'RoleBinding' ? 'RoleBinding cozy-system/more' : 'ClusterRoleBinding more'],
    field: 'subjects',
    says: `gives everybody, and so cozystack-assets-reader, the rights of ClusterRole/${name}`,
    fix: 'bind only those who need these rights',
  })),
];

/** Bundles in which a reader, or everybody, may do more than read the routes. */
export const brokenExcess: readonly Broken[] = [...rules, ...ownRule, ...otherBindings].map((broken) => ({
  rule: 'reader-excess',
  ...broken,
}));

const operators = bound('ClusterRoleBinding', 'operators', roleRef('ClusterRole', 'everything'), [group('operators')]);

/** Bundles with rights of others. */
export const soundRights: readonly Sound[] = [
  {
    with: 'a ClusterRole for everything that is bound to nobody',
    ...extended(roleOf('ClusterRole', 'everything', [everything])),
  },
  {
    with: 'a ClusterRole for everything that is bound to a group of operators',
    ...extended(roleOf('ClusterRole', 'everything', [everything]), operators),
  },
  {
    with: 'a ClusterRole for the proxies of all pods that is bound to a user',
    ...extended(
      roleOf('ClusterRole', 'debug', [{ apiGroups: [''], resources: ['pods/proxy'], verbs: ['*'] }]),
      bound('RoleBinding', 'debug', roleRef('ClusterRole', 'debug'), [{ ...reader, name: 'operator' }]),
    ),
  },
  {
    with: 'a Role for everything in the namespace of the route that is bound to a ServiceAccount',
    ...extended(
      roleOf('Role', 'all', [everything]),
      bound('RoleBinding', 'all', roleRef('Role', 'all'), [{ kind: 'ServiceAccount', name: 'any' }]),
    ),
  },
  {
    with: 'a ServiceAccount and a Group with the name of the reader that have other rights',
    ...extended(
      bound('ClusterRoleBinding', 'others', roleRef('ClusterRole', 'view'), [
        { kind: 'ServiceAccount', name: reader.name, namespace: 'cozy-system' },
        group(reader.name),
      ]),
    ),
  },
  {
    with: 'the route allowed by a ClusterRole that is bound in its namespace alone',
    ...extended(
      roleOf('ClusterRole', 'segment', [own]),
      bound('RoleBinding', 'here', roleRef('ClusterRole', 'segment'), [reader]),
    ),
  },
  {
    with: 'the route allowed twice, and a rule without verbs',
    ...withRole(roleOf('Role', 'again', [own, { ...own, resources: ['secrets'], verbs: [] }])),
  },
];
