import { assertNamespaces } from '../chain/assert-namespaces';
import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { namesIn, ruleFor } from '../chain/named-rules';
import { assertSignable } from '../chain/rules/check';
import { namespaceOf } from '../kubernetes/identity';
import type { ClusterRoleManifest, PolicyRule, RoleManifest } from '../kubernetes/k8s';
import { SIGNER_NAME } from '../pki/certificate-signing-request';

/** A command whose permissions {@link commandRights} knows. */
export type RightsCommand = 'issue' | 'renew' | 'revoke' | 'status' | 'request' | 'approve' | 'collect';

/** What a command does with the objects of each kind, as verbs of the API. */
interface Needs {
  readonly requests?: readonly string[];
  /** Whether it approves requests. */
  readonly approves?: true;
  readonly secrets?: readonly string[];
  readonly repositories?: readonly string[];
  readonly bindings?: readonly string[];
  /** Whether it binds a user to the roles of the reader. */
  readonly binds?: true;
  /** Whether it compares the cluster with the endpoint of the bundle. */
  readonly compares?: true;
  /** Whether it looks for other readers at the same endpoint. */
  readonly looks?: true;
  /** Whether it reads the CA of the cluster, and compares rights with those that everybody has. */
  readonly verifies?: true;
}

const ISSUE = {
  requests: ['create', 'get', 'delete'],
  approves: true,
  secrets: ['get', 'create', 'patch'],
  repositories: ['patch'],
  bindings: ['get'],
  compares: true,
  looks: true,
  verifies: true,
} as const satisfies Needs;
const RENEW = { ...ISSUE, repositories: ['get', 'patch'] } as const satisfies Needs;

const NEEDS: Readonly<Record<RightsCommand, Needs>> = {
  issue: ISSUE,
  renew: RENEW,
  revoke: { ...RENEW, bindings: ['get', 'create', 'patch'], binds: true },
  status: { secrets: ['get'], bindings: ['get'], looks: true, verifies: true },
  request: { requests: ['create', 'get'], secrets: ['get'], bindings: ['get'], compares: true },
  approve: { requests: ['get'], approves: true },
  collect: { ...ISSUE, requests: ['get', 'delete'], approves: undefined },
};

/** The commands whose permissions {@link commandRights} knows. */
export const RIGHTS_COMMANDS = Object.keys(NEEDS) as readonly RightsCommand[];

/** Where the CA of the cluster is read before anything is written. */
const SYSTEM_NAMESPACE = 'kube-system';

const apiVersion = 'rbac.authorization.k8s.io/v1';

/**
 * The permissions that a command needs for the readers of a chain, as a ClusterRole and a Role in each namespace, with the
 * names of the objects. `create` for a name holds for server-side apply only, which is how the Secrets are written. The
 * reviews of the caller's own identity and rights are not among them: every authenticated user may make those.
 *
 * Whoever may approve requests for this signer can get any client certificate, and so is a cluster administrator.
 *
 * @example
 * ```ts
 * const roles = commandRights('issue', Chain.fromObjects(readBundle('dist')));
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`; `ERR_EGGTOOTH_BUNDLE` if a HelmRepository, Role or RoleBinding states no
 * namespace
 */
export function commandRights(command: RightsCommand, chain: Chain): readonly (ClusterRoleManifest | RoleManifest)[] {
  assertNamespaces(chain);
  assertSignable(chain);
  const needs = NEEDS[command];
  const name = `eggtooth-${command}`;
  const rules = clusterRules(needs);
  const roles = [...new Set([...namespacesOf(chain.credentials), SYSTEM_NAMESPACE])].map(
    (namespace): RoleManifest => ({
      apiVersion,
      kind: 'Role',
      metadata: { name, namespace },
      rules: namespaceRules(needs, chain, namespace),
    }),
  );
  return [
    ...(rules.length === 0 ? [] : [{ apiVersion, kind: 'ClusterRole', metadata: { name }, rules } as const]),
    ...roles.filter((role) => role.rules?.length !== 0),
  ];
}

function clusterRules({ requests = [], approves, looks, verifies }: Needs): readonly PolicyRule[] {
  const apiGroups = ['certificates.k8s.io'];
  return [
    // RBAC cannot restrict these by name: the name is generated, or derived from the key.
    requests.length > 0 ? [{ apiGroups, resources: ['certificatesigningrequests'], verbs: requests }] : [],
    approves
      ? [
          { apiGroups, resources: ['certificatesigningrequests/approval'], verbs: ['patch'] },
          { apiGroups, resources: ['signers'], resourceNames: [SIGNER_NAME], verbs: ['approve'] },
        ]
      : [],
    looks ? [{ apiGroups: ['source.toolkit.fluxcd.io'], resources: ['helmrepositories'], verbs: ['list'] }] : [],
    verifies ? [{ apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] }] : [],
  ].flat();
}

function namespaceRules(
  { secrets = [], repositories = [], bindings = [], binds, compares, verifies }: Needs,
  { credentials, routes }: Chain,
  namespace: string,
): readonly PolicyRule[] {
  const all = <Item>(of: (credential: Credential) => readonly Item[]) => credentials.flatMap(of);
  const named = all((one) => one.repositories.map(({ object }) => placed(object)));
  const bound = all((one) => one.bindings.map(placed));
  const roles = routes.flatMap((route) => route.grants.map(({ role }) => placed(role)));
  const rbac = 'rbac.authorization.k8s.io';
  const names = (
    verbs: readonly string[],
    objects: readonly { readonly namespace?: string; readonly name?: string }[],
  ) => (verbs.length === 0 ? [] : namesIn(namespace, objects));
  const needsCa = (verifies && readsCa(credentials, namespace)) || (compares && namespace === SYSTEM_NAMESPACE);
  return [
    ruleFor('', 'configmaps', ['get'], needsCa ? ['kube-root-ca.crt'] : []),
    ruleFor(
      '',
      'secrets',
      secrets,
      names(
        secrets,
        all((one) => one.secrets),
      ),
    ),
    ruleFor('source.toolkit.fluxcd.io', 'helmrepositories', repositories, names(repositories, named)),
    ruleFor(rbac, 'rolebindings', bindings, names(bindings, bound)),
    ruleFor(rbac, 'roles', ['bind'], binds ? namesIn(namespace, roles) : []),
  ].flat();
}

function placed({ metadata }: { readonly metadata: { readonly namespace?: string; readonly name?: string } }) {
  return { namespace: namespaceOf(metadata), name: metadata.name };
}

/** Whether the CA of an endpoint is read in this namespace: in the first one of a reader, unless the bundle states it. */
function readsCa(credentials: readonly Credential[], namespace: string): boolean {
  return credentials.some(
    ({ secrets }) =>
      secrets[0]?.namespace === namespace &&
      secrets.some(({ endpoints }) => endpoints.some((endpoint) => endpoint.certificateAuthority === undefined)),
  );
}

function namespacesOf(credentials: readonly Credential[]): readonly string[] {
  const objects = credentials.flatMap(({ secrets, bindings }) => [...secrets, ...bindings.map(placed)]);
  return [...new Set(objects.map(({ namespace }) => namespace))];
}
