import { EggtoothError } from '../errors';
import type { KubeObject } from '../kubernetes/kube-object';
import { type Credential, readCredentials } from './credentials';
import { type Finding, printFinding } from './finding';
import { type RepositoryLink, type RouteLink, readRepositories, readRoutes } from './links';
import { type Release, readReleases } from './releases';
import { rules } from './rules';
import { readWorkloads, type Workload } from './workloads';

/**
 * The links that must agree for Flux to read a chart through the API server: endpoint, route, reader, credential,
 * repositories. Read from any manifests, ours or somebody else's.
 *
 * @example
 * ```ts
 * const chain = Chain.fromObjects(await readBundle('dist'));
 * for (const finding of chain.findings()) console.log(printFinding(finding));
 * ```
 */
export class Chain {
  /** Reads the chain out of manifests, in any order; never throws on what they say: see {@link Chain.findings}. */
  static fromObjects(objects: readonly KubeObject[]): Chain {
    return new Chain(objects);
  }

  /** The HelmRepositories that read through the API server. */
  readonly repositories: readonly RepositoryLink[];
  /** Their routes, with the Roles and bindings that open them. */
  readonly routes: readonly RouteLink[];
  /** What must be signed: one for each user. */
  readonly credentials: readonly Credential[];
  /** What makes pods. */
  readonly workloads: readonly Workload[];
  /** What Flux is to install. */
  readonly releases: readonly Release[];

  private constructor(readonly objects: readonly KubeObject[]) {
    this.repositories = readRepositories(objects);
    this.routes = readRoutes(objects, this.repositories);
    this.credentials = readCredentials(this.routes);
    this.workloads = readWorkloads(objects);
    this.releases = readReleases(objects);
  }

  /** What every rule has to say, in the order of the rules. */
  findings(): readonly Finding[] {
    return rules.flatMap((rule) =>
      Array.from(rule.check(this), (fault) => ({ rule: rule.id, severity: rule.severity, ...fault })),
    );
  }

  /**
   * Refuses a chain that breaks a rule of severity `error`. One from which nothing reads through the API server breaks
   * none.
   * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`, all findings at once
   */
  assertSound(): void {
    const errors = this.findings().filter(({ severity }) => severity === 'error');
    if (errors.length === 0) return;
    const [s, list] = [
      errors.length === 1 ? '' : 's',
      errors.map((finding) => `\n  ${printFinding(finding)}`).join(''),
    ];
    throw new EggtoothError('ERR_EGGTOOTH_CHAIN', `the bundle breaks ${errors.length} rule${s} of the chain:${list}`);
  }

  /**
   * Refuses a chain that is not sound, and one that needs no certificate.
   * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`
   */
  assertSignable(): void {
    if (this.repositories.length === 0) {
      throw new EggtoothError('ERR_EGGTOOTH_CHAIN', 'no HelmRepository in the bundle reads through the API server', {
        fix: 'synthesize the bundle first, and name the file or folder that holds its HelmRepositories',
      });
    }
    this.assertSound();
  }
}
