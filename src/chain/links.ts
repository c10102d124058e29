import { EggtoothError } from '../errors';
import { stringAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import { isHelmRepository } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import { type Binding, isInEffect } from '../rights/role-bindings';
import { allows, type Grant, isMeantFor, readGrants } from './grants';
import { type ProxyRoute, pathInUrl } from './proxy-route';
import { CA_ANNOTATION, meansProxy, type ProxyUrl, parseProxyUrl, splitProxyUrl } from './proxy-url';
import { readTakenCharts, repositoryKey, type TakenChart } from './taken-charts';

/** A Secret that a HelmRepository names. It is always in the namespace of the HelmRepository. */
export interface SecretReference {
  /** Namespace of the Secret. */
  readonly namespace: string;
  /** Name of the Secret. */
  readonly name: string;
}

/** Whether two references name the same Secret. */
export function isSameSecret(a: SecretReference, b: SecretReference | undefined): boolean {
  return a.namespace === b?.namespace && a.name === b.name;
}

/** A HelmRepository that reads through the API server. */
export interface RepositoryLink {
  /** The HelmRepository. */
  readonly object: KubeObject;
  /** Its URL (spec.url). */
  readonly url: string;
  /** The parts of the URL, or the reason why it is invalid. */
  readonly target: ProxyUrl | EggtoothError;
  /**
   * The Secret that it names (spec.certSecretRef).
   * @default - none
   */
  readonly secret?: SecretReference;
  /**
   * The charts that HelmReleases and HelmCharts of the bundle take from it.
   * @default - none
   */
  readonly charts?: readonly TakenChart[];
}

/** A route, the repositories that are read through it, and who is allowed to. */
export interface RouteLink {
  /** The route. */
  readonly route: ProxyRoute;
  /** The HelmRepositories that are read through it. */
  readonly repositories: readonly RepositoryLink[];
  /** Rules that are meant for the route, allow it, and are in effect in its namespace. */
  readonly grants: readonly Grant[];
  /** Rules that are meant for the route, whether they allow it or not. */
  readonly concerned: readonly Grant[];
  /** Bindings of the allowing roles that are in effect in the route's namespace. */
  readonly bindings: readonly Binding[];
  /** Bindings to roles of these names in other namespaces, where they have no effect on the route. */
  readonly misplacedBindings: readonly Binding[];
  /** Every user that the bindings name, once. */
  readonly users: readonly string[];
}

/** Every HelmRepository that reads through the API server's proxy. */
export function readRepositories(objects: readonly KubeObject[]): readonly RepositoryLink[] {
  const known = new Map<string, ProxyUrl>();
  const charts = readTakenCharts(objects);
  return objects.flatMap((object): RepositoryLink[] => {
    if (!isHelmRepository(object)) return [];
    const url = stringAt(object, 'spec', 'url') ?? '';
    if (!meansProxy(url)) return [];
    const name = stringAt(object, 'spec', 'certSecretRef', 'name');
    const secret = name === undefined ? {} : { secret: { namespace: namespaceOf(object.metadata), name } };
    const ca = stringAt(object, 'metadata', 'annotations', CA_ANNOTATION);
    const key = repositoryKey({ namespace: namespaceOf(object.metadata), name: object.metadata.name ?? '' });
    return [{ object, url, target: tryParse(url, ca, known), ...secret, charts: charts.get(key) }];
  });
}

/** The routes of the repositories, each with its rights. */
export function readRoutes(
  objects: readonly KubeObject[],
  repositories: readonly RepositoryLink[],
  bindings: readonly Binding[],
): readonly RouteLink[] {
  const byRoute = new Map<string, { route: ProxyRoute; repositories: RepositoryLink[] }>();
  for (const repository of repositories) {
    if (repository.target instanceof EggtoothError) continue;
    const { route } = repository.target;
    const link = byRoute.get(route.toString()) ?? { route, repositories: [] };
    byRoute.set(route.toString(), link);
    link.repositories.push(repository);
  }
  const grants = readGrants(objects);
  return [...byRoute.values()].map((link) => ({ ...link, ...access(link.route, grants, bindings) }));
}

function access(route: ProxyRoute, all: readonly Grant[], allBindings: readonly Binding[]) {
  const meant = all.filter((grant) => isMeantFor(grant, route));
  // A rule that names the segment shows who the reader is, and one that names no object is a fault beside it.
  const named = meant.filter(({ resourceNames }) => resourceNames.length > 0);
  const concerned = named.some((grant) => allows(grant, route)) ? named : meant;
  const grants = concerned.filter((grant) => allows(grant, route) && isInEffect(grant.role, route.namespace));
  const roles = new Set(grants.map(({ role }) => `${role.kind}/${role.metadata.name}`));
  const bound = allBindings.filter(({ roleRef }) => roles.has(roleRef));
  const bindings = bound.filter(({ object }) => isInEffect(object, route.namespace));
  return {
    concerned,
    grants,
    bindings,
    misplacedBindings: bound.filter(({ object }) => !isInEffect(object, route.namespace)),
    users: [...new Set(bindings.flatMap(({ users }) => users))],
  };
}

/** Thousands of repositories mostly share endpoint and route: these are parsed once, and only the path for each. */
function tryParse(url: string, certificateAuthority: string | undefined, known: Map<string, ProxyUrl>) {
  const [base, path = ''] = splitProxyUrl(url) ?? [];
  const key = `${base} ${certificateAuthority}`;
  try {
    const sibling = base === undefined ? undefined : known.get(key);
    if (sibling !== undefined) return { ...sibling, path: pathInUrl(path) };
    const target = parseProxyUrl(url, { certificateAuthority });
    if (base !== undefined) known.set(key, target);
    return target;
  } catch (error) {
    if (error instanceof EggtoothError) return error;
    throw error;
  }
}
