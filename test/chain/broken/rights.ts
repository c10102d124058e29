import { JsonPatch } from 'cdk8s';
import { goldenObjects, goldenRoute, goldenWithout } from '../../support/golden';
import { refusedUsers } from '../../support/users';
import {
  type Broken,
  binding,
  bindingReference,
  bound,
  extended,
  patched,
  role,
  roleRef,
  roleReference,
} from './broken';
import { brokenExcess } from './excess';

const segment = 'cozystack-assets-0';
const allow = `get on pods/proxy with resourceNames [${segment}] in namespace cozy-system`;

const uncovered = {
  rule: 'role-covers-route',
  at: [roleReference],
  field: 'rules[0]',
  fix: `allow ${allow}`,
};

const noRole = {
  rule: 'role-covers-route',
  at: [
    'HelmRepository cozy-system/cozystack-system',
    'HelmRepository cozy-public/cozystack-apps',
    'HelmRepository cozy-public/cozystack-extra',
  ],
  field: 'spec.url',
  says: `no Role in the bundle is meant for ${goldenRoute}`,
  fix: `add a Role that allows ${allow}`,
};

const unbound = {
  rule: 'reader-bound',
  says: `no User is bound to the Role that allows ${goldenRoute}, so no certificate can read it`,
  fix: 'bind the Role to a subject of kind User by a RoleBinding in namespace cozy-system',
};

const misplaced = {
  rule: 'reader-namespace',
  field: 'metadata.namespace',
  says: `has no effect on ${goldenRoute} in namespace cozy-system`,
  fix: 'move it to namespace cozy-system',
};

const user = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name });
const group = (name: string) => ({ ...user(name), kind: 'Group' });
const account = { kind: 'ServiceAccount', name: 'any', namespace: 'team-a' };
const otherNames = (...names: string[]) => patched(role, JsonPatch.replace('/rules/0/resourceNames', names));
const otherSubjects = (...subjects: unknown[]) => patched(binding, JsonPatch.replace('/subjects', subjects));

/** Bundles with a Role or RoleBinding that allows too little or too much. */
export const brokenRights: readonly Broken[] = [
  ...[`${segment}:8123`, `http:${segment}:`, `http:${segment}:8123`].map((name) => ({
    by: `resourceNames with another form of the segment, ${name}`,
    ...otherNames(name),
    ...uncovered,
    says: `allows get on [${name}], which is not the segment ${segment} of the URL; the API server compares them as strings`,
  })),
  { by: 'no Role', objects: goldenWithout(role), ...noRole },
  { by: 'a Role for another pod', ...otherNames('cozystack-assets-1'), ...noRole },
  {
    by: 'a Role for Services',
    ...patched(role, JsonPatch.replace('/rules/0/resources', ['services/proxy'])),
    ...noRole,
  },
  {
    by: 'a Role for pods instead of their proxy',
    ...patched(role, JsonPatch.replace('/rules/0/resources', ['pods'])),
    ...noRole,
  },
  { by: 'a Role in another API group', ...patched(role, JsonPatch.replace('/rules/0/apiGroups', ['apps'])), ...noRole },
  {
    by: 'a Role without verbs',
    ...patched(role, JsonPatch.replace('/rules/0/verbs', [])),
    ...uncovered,
    says: 'allows [], but not get, which Flux needs',
  },
  {
    by: 'a Role in another namespace',
    ...patched(role, JsonPatch.replace('/metadata/namespace', 'cozy-public')),
    ...misplaced,
    at: ['Role cozy-public/cozystack-assets-reader'],
  },
  {
    by: 'a RoleBinding in another namespace',
    ...patched(binding, JsonPatch.replace('/metadata/namespace', 'cozy-public')),
    ...misplaced,
    at: ['RoleBinding cozy-public/cozystack-assets-reader'],
  },
  {
    by: 'a RoleBinding without a namespace',
    ...patched(binding, JsonPatch.remove('/metadata/namespace')),
    ...misplaced,
    at: ['RoleBinding cozystack-assets-reader'],
  },
  { by: 'no RoleBinding', objects: goldenWithout(binding), ...unbound, at: [roleReference], field: 'metadata.name' },
  {
    by: 'a RoleBinding of another Role',
    ...patched(binding, JsonPatch.replace('/roleRef/name', 'other')),
    ...unbound,
    at: [roleReference],
    field: 'metadata.name',
  },
  {
    by: 'a RoleBinding of a ClusterRole with the same name',
    ...patched(binding, JsonPatch.replace('/roleRef/kind', 'ClusterRole')),
    ...unbound,
    at: [roleReference],
    field: 'metadata.name',
  },
  {
    by: 'a ServiceAccount instead of the User',
    ...otherSubjects({ kind: 'ServiceAccount', name: 'cozystack-assets-reader', namespace: 'cozy-system' }),
    ...unbound,
    at: [bindingReference],
    field: 'subjects',
  },
  {
    by: 'no subjects',
    ...patched(binding, JsonPatch.remove('/subjects')),
    ...unbound,
    at: [bindingReference],
    field: 'subjects',
  },
  {
    rule: 'reader-single',
    by: 'two users',
    ...otherSubjects(user('cozystack-assets-reader'), user('other')),
    at: [bindingReference],
    field: 'subjects',
    says: `cozystack-assets-reader and other may read ${goldenRoute}, but a certificate can name only one user`,
    fix: 'bind only one of them',
  },
  {
    rule: 'reader-single',
    by: 'two users in two bindings',
    ...extended(
      ...goldenObjects()
        .filter(({ kind }) => kind === 'RoleBinding')
        .map((object) => ({
          ...object,
          metadata: { name: 'other', namespace: 'cozy-system' },
          subjects: [user('other')],
        })),
    ),
    at: ['RoleBinding cozy-system/other'],
    field: 'subjects',
    says: 'cozystack-assets-reader and other may read',
    fix: 'bind only one of them',
  },
  ...refusedUsers.map(({ user: name, says }) => ({
    rule: 'reader-user',
    by: `the user ${JSON.stringify(name)}`,
    ...otherSubjects(user(name)),
    at: [bindingReference],
    field: 'subjects',
    says: `the user ${JSON.stringify(name)} ${says}`,
    fix: 'choose a name of 1 to 64 letters, digits and . _ : @ / -',
  })),
  ...[
    { by: 'a group beside the user', subject: group('readers') },
    { by: 'the group of all users beside the user', subject: group('system:authenticated') },
    { by: "a group of the user's name", subject: group('cozystack-assets-reader') },
    { by: 'a ServiceAccount beside the user', subject: { kind: 'ServiceAccount', name: 'default' } },
    {
      by: 'a ServiceAccount of another namespace beside the user',
      subject: { kind: 'ServiceAccount', name: 'any', namespace: 'team-a' },
    },
  ].map(({ by, subject }) => ({
    rule: 'reader-subjects',
    by,
    ...otherSubjects(user('cozystack-assets-reader'), subject),
    at: [bindingReference],
    field: 'subjects',
    says: `binds the ${subject.kind} ${subject.name} too: whoever that is reads without the certificate`,
    fix: 'bind only the user of the certificate',
  })),
  {
    rule: 'reader-subjects',
    by: 'a ServiceAccount in a second binding of the Role',
    ...extended(bound('RoleBinding', 'second', roleRef('Role', 'cozystack-assets-reader'), [account])),
    at: ['RoleBinding cozy-system/second'],
    field: 'subjects',
    says: 'binds the ServiceAccount any too',
    fix: 'bind only the user of the certificate',
  },
  ...brokenExcess,
];
