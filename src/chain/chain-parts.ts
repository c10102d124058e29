import { stringAt, stringsAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import { isHelmRepository, isService } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';
import type { ChainLinks } from './chain-links';
import type { Severity } from './finding';
import { isFlux } from './flux-containers';
import { hostPortsOf } from './host-ports';
import { isLocalHost } from './node-ports';
import type { Release } from './releases';
import { Sources } from './sources';
import { containersOf, type Workload, workloadsBehind } from './workloads';

/**
 * What of a bundle is part of its chain. Whatever else is in the bundle is somebody else's concern: a rule reports it as a
 * warning at most.
 */
export class ChainParts {
  /** The parts of a chain, which are found once for all rules. */
  static of(links: ChainLinks): ChainParts {
    const parts = known.get(links) ?? new ChainParts(links);
    known.set(links, parts);
    return parts;
  }

  /** The HelmRepositories, the roles and bindings of their reader, and what is at the end of their routes. */
  private readonly links = new Set<KubeObject>();
  /** What the bundle needs to run: what serves charts, what reads them, and what renews the certificate. */
  private readonly pods = new Set<KubeObject>();
  private readonly sources: Sources;

  private constructor({ objects, repositories, routes, workloads }: ChainLinks) {
    const services = objects.filter(isService);
    const servers = routes.flatMap(({ route }) => workloadsBehind(route, workloads, services));
    const ofRoutes = new Set(routes.map(({ route }) => `${route.resource} ${route.namespace}/${route.name}`));
    for (const { object } of [...repositories, ...servers]) this.links.add(object);
    for (const { concerned, bindings, misplacedBindings } of routes) {
      for (const { role } of concerned) this.links.add(role);
      for (const { object } of [...bindings, ...misplacedBindings]) this.links.add(object);
    }
    for (const service of services) {
      const { name, namespace } = service.metadata;
      if (ofRoutes.has(`services ${namespaceOf({ namespace })}/${name}`)) this.links.add(service);
    }
    const local = localRepositories(objects);
    for (const { object } of local) this.links.add(object);
    const ports = new Set(local.map(({ port }) => port));
    const needed = (one: Workload) => isFlux(one) || isRenewal(one) || (ports.size > 0 && serves(one, ports));
    for (const { object } of [...servers, ...workloads.filter(needed)]) this.pods.add(object);
    this.sources = new Sources(objects);
  }

  /** The severity of a fault of an object: an error if it is a link of the chain. */
  severityOf(object: KubeObject): Severity {
    return this.links.has(object) ? 'error' : 'warning';
  }

  /** The severity of a fault that keeps the pods of a workload from running: an error if Flux could not read charts then. */
  severityOfPods({ object }: Workload): Severity {
    return this.pods.has(object) ? 'error' : 'warning';
  }

  /** The severity of a fault of a release: an error if the bundle brings its chart source. */
  severityOfRelease({ sources }: Release): Severity {
    const brought = sources.some(({ kind, namespace, name }) => this.sources.has(kind, namespace, name));
    return brought ? 'error' : 'warning';
  }
}

const known = new WeakMap<ChainLinks, ChainParts>();

/** The HelmRepositories that Flux reads on its node, and their ports. */
function localRepositories(objects: readonly KubeObject[]) {
  return objects.filter(isHelmRepository).flatMap((object) => {
    const url = stringAt(object, 'spec', 'url') ?? '';
    if (!url.startsWith('http://') || !URL.canParse(url)) return [];
    const { hostname, port } = new URL(url);
    return isLocalHost(hostname) ? [{ object, port: Number(port || 80) }] : [];
  });
}

function serves(workload: Workload, ports: ReadonlySet<number>): boolean {
  return hostPortsOf(workload).some(({ port }) => ports.has(port));
}

/** Whether a workload runs `eggtooth renew`, as the constructs write it. */
function isRenewal(workload: Workload): boolean {
  return containersOf(workload).some(({ value }) => {
    const [command, ...args] = stringsAt(value, 'args');
    return command === 'renew' && args.some((arg) => arg.startsWith('--require-policy='));
  });
}
