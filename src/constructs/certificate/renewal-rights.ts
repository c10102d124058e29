import type { Chain } from '../../chain/chain';
import { secretPolicyOf } from '../../chain/first-certificate';
import { namesIn, ruleFor } from '../../chain/named-rules';
import type {
  ClusterRoleBindingManifest,
  ClusterRoleManifest,
  PolicyRule,
  RoleBindingManifest,
  RoleManifest,
} from '../../kubernetes/k8s';
import { SIGNER_NAME } from '../../pki/certificate-signing-request';

/** The renewal job. */
export interface RenewalJob {
  /** Namespace of the job and its service account. */
  readonly namespace: string;
  /** Name of the service account. */
  readonly name: string;
}

/** Options for {@link rightsOf}. */
export interface RightsOptions {
  /** The name of all these objects. */
  readonly name: string;
  readonly renewalJob: RenewalJob;
  /** Whether the job may create the Secrets of the chain. */
  readonly firstCertificate: boolean;
}

type Rights = readonly (RoleManifest | RoleBindingManifest | ClusterRoleManifest | ClusterRoleBindingManifest)[];

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/**
 * The rights of the renewal job of a chain: in each namespace with a Secret of the chain, to update that Secret and to
 * request a reconciliation of the HelmRepositories; in each namespace that binds the reader, to read the RoleBindings; in
 * the cluster, to create, approve and delete requests, and to ask what others may. An admission policy restricts every write, because RBAC allows an
 * object as a whole: `patch` on a HelmRepository would allow its URL to be changed too.
 *
 * With `firstCertificate`, it may create these Secrets too. A name limits `create` only for server-side apply, which has
 * the name in its path: a POST stays forbidden, with any name or `generateName`. It may also apply a Secret with the name
 * of the policy that restricts the others: that policy denies it, which is how the job checks the policy.
 */
export function rightsOf(chain: Chain, { name, renewalJob, firstCertificate }: RightsOptions): Rights {
  const subjects = [{ kind: 'ServiceAccount', ...renewalJob }];
  const roles = namespacedRoles(chain, name, firstCertificate).flatMap((role): Rights => {
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
  { apiGroups, resources: ['certificatesigningrequests'], verbs: ['create', 'get', 'delete'] },
  { apiGroups, resources: ['certificatesigningrequests/approval'], verbs: ['patch'] },
  { apiGroups, resources: ['signers'], resourceNames: [SIGNER_NAME], verbs: ['approve'] },
  // Tells whether every authenticated user has a right of the reader that Kubernetes does not give to everybody.
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
];

function namespacedRoles(
  { credentials, routes }: Chain,
  name: string,
  firstCertificate: boolean,
): readonly RoleManifest[] {
  const secrets = credentials.flatMap((credential) => credential.secrets);
  const tried = firstCertificate
    ? secrets.slice(0, 1).map((secret) => ({ ...secret, name: secretPolicyOf(name) }))
    : [];
  const repositories = credentials.flatMap((one) => one.repositories.map(({ object }) => object.metadata));
  const bindings = routes.flatMap((route) => route.bindings.map(({ object }) => object.metadata));
  const namespaces = new Set([...secrets, ...bindings].flatMap(({ namespace }) => namespace ?? []));
  return Array.from(namespaces, (namespace) => ({
    apiVersion,
    kind: 'Role',
    metadata: { name, namespace },
    rules: [
      ruleFor('', 'secrets', ['get', 'patch', ...(firstCertificate ? ['create'] : [])], namesIn(namespace, secrets)),
      ruleFor('', 'secrets', ['patch', 'create'], namesIn(namespace, tried)),
      ruleFor('source.toolkit.fluxcd.io', 'helmrepositories', ['get', 'patch'], namesIn(namespace, repositories)),
      // They show whether the user was revoked.
      ruleFor(apiGroup, 'rolebindings', ['get'], namesIn(namespace, bindings)),
    ].flat(),
  }));
}
