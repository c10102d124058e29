import type { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { parseUser, printUser } from '../../chain/generation';
import type { ProxyRoute } from '../../chain/proxy-route';
import { assertUser } from '../../chain/user';
import { EggtoothError } from '../../errors';
import type { RoleBindingManifest, RoleManifest } from '../../kubernetes/k8s';
import { assertName } from '../assert-name';
import { expirationSecondsOf } from '../certificate/client-certificate';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';

/** Props of {@link AssetsReader}. */
export interface AssetsReaderProps {
  /** The only route that the reader may read. */
  readonly route: ProxyRoute;
  /** Name of the Role and the RoleBinding. */
  readonly name: string;
  /**
   * User of the client certificate (its commonName): 1 to 64 letters, digits and `. _ : @ / -`.
   * @default - the name of the Role
   */
  readonly user?: string;
  /**
   * Generation of the reader. From 2 on, the certificate names `USER:gN`. `eggtooth revoke` tells when to increase it.
   * @default 1
   */
  readonly generation?: number;
  /**
   * Name of the Secret with the certificate, in every namespace with an {@link AssetsRepository} of this reader.
   * @default - NAME-tls
   */
  readonly secretName?: string;
  /**
   * Duration of the certificate, from 10 minutes to 365 days. Every {@link AssetsRepository} of the reader states it, so
   * each command requests it.
   * @default - the cluster's own, often a year
   */
  readonly duration?: Duration;
}

/**
 * The right to read one route: a Role, and its RoleBinding to the user of the client certificate. The signing step reads
 * the user from the RoleBinding.
 *
 * @example
 * ```ts
 * const reader = new AssetsReader(chart, 'reader', { name: 'assets-reader', route: server.podRoute() });
 * ```
 */
export class AssetsReader extends Construct {
  /** The Role. */
  readonly apiObject: ApiObject;
  /** The RoleBinding. */
  readonly binding: ApiObject;
  /** User of the client certificate, including its generation. */
  readonly user: string;
  /** Name of the Secret with the certificate. */
  readonly secretName: string;
  /** The route that the reader may read. */
  readonly route: ProxyRoute;
  /** Duration of the certificate, if it is not left to the cluster. */
  readonly duration?: Duration;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_USER` if a certificate must not name the user, `ERR_EGGTOOTH_OPTION` if the
   * generation is not a positive integer, or the duration or a name is invalid
   */
  constructor(scope: Construct, id: string, props: AssetsReaderProps) {
    super(scope, id);
    this.route = props.route;
    this.user = userOf(props);
    this.secretName = props.secretName ?? `${props.name}-tls`;
    assertName({ apiVersion: 'v1', kind: 'Secret', namespace: this.route.namespace, name: this.secretName });
    this.duration = props.duration;
    if (props.duration !== undefined) expirationSecondsOf(props.duration);
    const metadata = { name: props.name, namespace: this.route.namespace };
    const role: RoleManifest = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [this.route.policyRule],
    };
    const binding: RoleBindingManifest = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name: metadata.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: this.user }],
    };
    this.apiObject = new ManifestObject(this, 'Default', role);
    this.binding = new ManifestObject(this, 'Binding', binding);
    validateChain(this);
  }
}

function userOf({ name, user = name, generation = 1 }: AssetsReaderProps): string {
  if (!Number.isSafeInteger(generation) || generation < 1) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `invalid generation of ${user}: ${generation}`, {
      fix: 'use a positive integer',
    });
  }
  const given = parseUser(user);
  if (given.generation > 1) {
    throw new EggtoothError('ERR_EGGTOOTH_USER', `the user contains a generation: ${user}`, {
      fix: `use the user ${given.name} and generation: ${given.generation}`,
    });
  }
  const full = printUser({ name: user, generation });
  assertUser(full);
  return full;
}
