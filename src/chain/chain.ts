import { distinct } from '../kubernetes/identity';
import type { KubeObject } from '../kubernetes/kube-object';
import { type Binding, readBindings } from '../rights/role-bindings';
import type { ChainLinks } from './chain-links';
import { type Credential, readCredentials } from './credentials';
import { type RepositoryLink, type RouteLink, readRepositories, readRoutes } from './links';
import { type Release, readReleases } from './releases';
import { readWorkloads, type Workload } from './workloads';

/**
 * The links that must agree for Flux to read a chart through the API server: endpoint, route, reader, credential,
 * repositories. A Chain only holds them; {@link check} reports what is wrong with them.
 *
 * @example
 * ```ts
 * const chain = Chain.fromObjects(chart.toJson());
 * for (const { user, secrets } of chain.credentials) console.log(user, secrets);
 * ```
 */
export class Chain implements ChainLinks {
  /**
   * Reads the chain from the manifests of a bundle, in any order. It never throws on what they contain: a broken link is
   * a finding of {@link check}.
   */
  static fromObjects(objects: readonly KubeObject[]): Chain {
    return new Chain(distinct(objects));
  }

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

  private constructor(
    /** Every object of the bundle, in its order. Of several equal ones, it has the first. */
    readonly objects: readonly KubeObject[],
  ) {
    this.repositories = readRepositories(objects);
    this.bindings = readBindings(objects);
    this.routes = readRoutes(objects, this.repositories, this.bindings);
    this.credentials = readCredentials(this.routes);
    this.workloads = readWorkloads(objects);
    this.releases = readReleases(objects);
  }
}
