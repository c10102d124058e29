import fc from 'fast-check';
import type { ProxyRoute } from '../../../src';
import { ProxyRoute as Route } from '../../../src/chain/proxy-route';
import { isRole } from '../../../src/kubernetes/kinds';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type ResourceRight, rulesOf } from '../../../src/rights/role-rule';

const [apiVersion, apiGroup] = ['rbac.authorization.k8s.io/v1', 'rbac.authorization.k8s.io'];

/** A bundle of random RBAC objects with one reader. */
export interface RandomBundle {
  readonly reader: string;
  readonly routes: readonly ProxyRoute[];
  readonly namespaces: readonly string[];
  readonly objects: readonly KubeObject[];
  /** Whether it gives the reader its routes and nothing else by construction. */
  readonly isExact: boolean;
}

interface RandomRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface RandomRole {
  readonly kind: 'Role' | 'ClusterRole';
  readonly where: number;
  readonly rules: readonly (RandomRule | 'exact')[];
}

interface RandomBinding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly where: number;
  /** Index of the role; one more than there are is a role that the bundle does not have. */
  readonly role: number;
  readonly subjects: readonly string[];
}

const some = (values: readonly string[], minLength = 1) => fc.subarray([...values], { minLength, maxLength: 2 });
const segments = ['assets-0', 'assets-0:8123', 'assets-1', '*'];

const rule: fc.Arbitrary<RandomRule> = fc.record(
  {
    apiGroups: some(['', 'apps', '*']),
    resources: some(['pods/proxy', 'services/proxy', 'pods', 'secrets', '*/proxy', '*', 'nodes/proxy']),
    resourceNames: some(segments),
    verbs: some(['get', 'list', 'create', '*']),
  },
  { requiredKeys: ['apiGroups', 'resources', 'verbs'] },
);

const role: fc.Arbitrary<RandomRole> = fc.record({
  kind: fc.constantFrom('Role', 'ClusterRole'),
  where: fc.nat(1),
  rules: fc.array(fc.oneof(rule, fc.constant('exact' as const)), { minLength: 1, maxLength: 2 }),
});

const binding: fc.Arbitrary<RandomBinding> = fc.record({
  kind: fc.constantFrom('RoleBinding', 'RoleBinding', 'ClusterRoleBinding'),
  where: fc.nat(1),
  role: fc.nat(2),
  subjects: some(['reader', 'operator', 'Group reader', 'Group operators', 'ServiceAccount reader', 'Group everybody']),
});

/** Makes bundles whose names begin with a prefix. */
export const randomBundle: fc.Arbitrary<(prefix: string) => RandomBundle> = fc
  .record({
    routes: fc.uniqueArray(fc.record({ where: fc.nat(1), segment: fc.constantFrom('assets-0', 'assets-0:8123') }), {
      minLength: 1,
      maxLength: 2,
      selector: ({ where }) => where,
    }),
    shared: fc.boolean(),
    roles: fc.array(role, { maxLength: 2 }),
    bindings: fc.array(binding, { maxLength: 2 }),
  })
  .map(({ routes: chosen, shared, roles, bindings }) => (prefix) => {
    const namespaces = [`${prefix}-a`, `${prefix}-b`];
    const namespace = (where: number) => namespaces[where] ?? prefix;
    const reader = `${prefix}-reader`;
    const routes = chosen.map(({ where, segment }) => {
      const [name = '', port] = segment.split(':');
      return Route.pod({ namespace: namespace(where), name, ...(port !== undefined && { port: Number(port) }) });
    });
    const exactRule = ({ segment }: ProxyRoute) => ({
      apiGroups: [''],
      resources: ['pods/proxy'],
      resourceNames: [segment],
      verbs: ['get'],
    });
    const subject = (text: string) => {
      const [kind = '', name] = text.includes(' ') ? text.split(' ') : ['User', text];
      if (name === 'everybody') return { apiGroup, kind, name: 'system:authenticated' };
      if (kind === 'ServiceAccount') return { kind, name: reader, namespace: namespace(0) };
      return { apiGroup, kind, name: `${prefix}-${name}` };
    };
    // With equal segments, both namespaces can bind one ClusterRole.
    const isShared = shared && new Set(routes.map(({ segment }) => segment)).size === 1;
    const own = routes.flatMap((route, index): KubeObject[] => {
      const metadata = { name: `${prefix}-own`, namespace: route.namespace };
      const kind = isShared ? 'ClusterRole' : 'Role';
      const roleRef = { apiGroup, kind, name: metadata.name };
      const made = {
        apiVersion,
        kind,
        metadata: isShared ? { name: metadata.name } : metadata,
        rules: [exactRule(route)],
      };
      const bound = { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects: [subject('reader')] };
      return isShared && index > 0 ? [bound] : [made, bound];
    });
    const repositories = routes.map((route, index) => repository(`${prefix}-${index}`, route));
    const others = roles.map(({ kind, where, rules }, index) => ({
      apiVersion,
      kind,
      metadata: { name: `${prefix}-other-${index}`, ...(kind === 'Role' && { namespace: namespace(where) }) },
      rules: rules.map((one) => (one === 'exact' ? exactRule(routes[0] as ProxyRoute) : one)),
    }));
    const more = bindings.map(({ kind, where, role: index, subjects }, count) => {
      const bound = others[index];
      const roleKind = kind === 'ClusterRoleBinding' ? 'ClusterRole' : (bound?.kind ?? 'ClusterRole');
      return {
        apiVersion,
        kind,
        metadata: {
          name: `${prefix}-more-${count}`,
          ...(kind === 'RoleBinding' && { namespace: namespace(where) }),
        },
        roleRef: { apiGroup, kind: roleKind, name: `${prefix}-other-${index}` },
        subjects: subjects.map(subject),
      };
    });
    const concerned = bindings.filter(({ subjects }) =>
      subjects.some((one) => one === 'reader' || one === 'Group everybody'),
    );
    const spreads = others.some(({ rules }) => rules.some((one) => JSON.stringify(one).includes('proxy')));
    return {
      reader,
      routes,
      namespaces,
      objects: [...own, ...repositories, ...others, ...more],
      isExact: concerned.length === 0 && !spreads,
    };
  });

function repository(name: string, route: ProxyRoute): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name, namespace: route.namespace },
    spec: {
      url: `https://kube.example:6443${route.path('/repos/any')}`,
      interval: '5m',
      certSecretRef: { name: 'assets-tls' },
    },
  };
}

/** Every single right that a rule of the bundle could give somebody, and some that none of them names. */
export function rightsIn(objects: readonly KubeObject[]): readonly ResourceRight[] {
  const named = objects
    .filter(isRole)
    .flatMap((one) =>
      rulesOf(one).flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
        verbs.flatMap((verb) =>
          apiGroups.flatMap((group) =>
            resources.flatMap((resource) =>
              (resourceNames.length === 0 ? ['any'] : resourceNames).map((name) => ({ verb, group, resource, name })),
            ),
          ),
        ),
      ),
    );
  const always = [
    { verb: 'get', group: '', resource: 'secrets', name: 'assets-tls' },
    { verb: 'create', group: '', resource: 'pods/proxy', name: 'assets-0' },
    { verb: 'get', group: '', resource: 'pods/proxy', name: 'assets-1' },
    { verb: 'get', group: '', resource: 'pods/proxy', name: 'assets-0:8123' },
    { verb: 'get', group: '', resource: 'pods/proxy', name: 'assets-0' },
    { verb: 'get', group: '', resource: 'nodes/proxy', name: 'any' },
    { verb: '*', group: '*', resource: '*', name: 'any' },
  ];
  const all = new Map([...always, ...named].map((right) => [JSON.stringify(right), right]));
  return [...all.values()];
}
