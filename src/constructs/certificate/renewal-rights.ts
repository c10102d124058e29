import type { Chain } from '../../chain/chain';
import type {
  ClusterRoleBindingManifest,
  ClusterRoleManifest,
  PolicyRule,
  RoleBindingManifest,
  RoleManifest,
} from '../../kubernetes/k8s';
import { SIGNER_NAME } from '../../pki/certificate-signing-request';

/** Who renews. */
export interface RenewalJob {
  readonly namespace: string;
  /** Name of the service account. */
  readonly name: string;
}

type Rights = readonly (RoleManifest | RoleBindingManifest | ClusterRoleManifest | ClusterRoleBindingManifest)[];

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/**
 * What the renewal job of a chain may do. In each namespace that holds a Secret of the chain: rewrite that Secret, and ask
 * Flux to read again. In each that binds the reader: look whether it still does. In the whole cluster: what RBAC cannot limit, and an admission policy does.
 *
 * The right to create a Secret cannot be limited by name, so it has none.
 *
 * @param name - of all these objects
 */
export function rightsOf(chain: Chain, name: string, renewalJob: RenewalJob): Rights {
  const subjects = [{ kind: 'ServiceAccount', ...renewalJob }];
  const roles = namespacedRoles(chain, name).flatMap((role): Rights => {
    const { kind, metadata } = role;
    return [role, { apiVersion, kind: 'RoleBinding', metadata, roleRef: { apiGroup, kind, name }, subjects }];
  });
  const metadata = { name };
  const kind = 'ClusterRole';
  return [
    ...roles,
    { apiVersion, kind, metadata, rules: requestRules },
    { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef: { apiGroup, kind, name }, subjects },
  ];
}

const apiGroups = ['certificates.k8s.io'];
const requestRules: readonly PolicyRule[] = [
  { apiGroups, resources: ['certificatesigningrequests'], verbs: ['create', 'get', 'list', 'delete'] },
  { apiGroups, resources: ['certificatesigningrequests/approval'], verbs: ['patch'] },
  { apiGroups, resources: ['signers'], resourceNames: [SIGNER_NAME], verbs: ['approve'] },
];

function namespacedRoles({ credentials, routes }: Chain, name: string): readonly RoleManifest[] {
  const secrets = credentials.flatMap((credential) => credential.secrets);
  const repositories = credentials.flatMap((one) => one.repositories.map(({ object }) => object.metadata));
  const bindings = routes.flatMap((route) => route.bindings.map(({ object }) => object.metadata));
  const namespaces = new Set([...secrets, ...bindings].flatMap(({ namespace }) => namespace ?? []));
  return Array.from(namespaces, (namespace) => ({
    apiVersion,
    kind: 'Role',
    metadata: { name, namespace },
    rules: [
      ruleFor('', 'secrets', ['get', 'patch'], namesIn(namespace, secrets)),
      ruleFor('source.toolkit.fluxcd.io', 'helmrepositories', ['get', 'patch'], namesIn(namespace, repositories)),
      // Whether the user was revoked shows there.
      ruleFor(apiGroup, 'rolebindings', ['get'], namesIn(namespace, bindings)),
    ].flat(),
  }));
}

/** No rule for no names: it would be one for all of them. */
function ruleFor(
  group: string,
  resource: string,
  verbs: readonly string[],
  resourceNames: readonly string[],
): readonly PolicyRule[] {
  return resourceNames.length === 0 ? [] : [{ apiGroups: [group], resources: [resource], resourceNames, verbs }];
}

function namesIn(
  namespace: string,
  all: readonly { readonly namespace?: string; readonly name?: string }[],
): readonly string[] {
  const names = all.flatMap((one) => (one.namespace === namespace && one.name !== undefined ? [one.name] : []));
  return [...new Set(names)];
}
