import type { KubeObject } from '../kubernetes/kube-object';
import type { Binding } from '../rights/role-bindings';
import type { Credential } from './credentials';
import type { RepositoryLink, RouteLink } from './links';
import type { Release } from './releases';
import type { Workload } from './workloads';

/** What a {@link Rule} reads: the links of a bundle, and what its pods and releases need. */
export interface ChainLinks {
  /** Every object of the bundle, in its order. */
  readonly objects: readonly KubeObject[];
  /** The HelmRepositories that read through the API server. */
  readonly repositories: readonly RepositoryLink[];
  /** Their routes, with the Roles and bindings that open them. */
  readonly routes: readonly RouteLink[];
  /** The certificates to issue: one for each user. */
  readonly credentials: readonly Credential[];
  /** The RoleBindings and ClusterRoleBindings. */
  readonly bindings: readonly Binding[];
  /** The objects that create pods. */
  readonly workloads: readonly Workload[];
  /** The HelmReleases that Flux installs. */
  readonly releases: readonly Release[];
}
