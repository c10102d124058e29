import { fieldAt, listAt, stringAt, stringsAt } from '../../kubernetes/fields';
import type { ChainLinks } from '../chain-links';
import type { Fault, Rule } from '../finding';
import { isFlux, runs } from '../flux-containers';
import { isClusterDnsName, isLocalHost } from '../node-ports';
import { readUpstreamSources } from '../upstream-sources';
import { type Container, containersOf, onHostNetwork, type Workload } from '../workloads';

/**
 * Flux reads through the API server because there is no CNI yet. Its own pod must work without it too: on the network of its
 * node, on a node that is not ready, and without the addresses of Services and the DNS of the cluster. A cluster may have a
 * CNI all the same.
 */
export const fluxWithoutCni: Rule = {
  id: 'flux-without-cni',
  severity: 'warning',
  *check(chain) {
    for (const workload of chain.workloads.filter(isFlux)) {
      if (onHostNetwork(workload)) yield* dnsFaults(workload, chain);
      if (chain.repositories.length > 0) yield* podFaults(workload, chain);
    }
  },
};

function* podFaults(workload: Workload, chain: ChainLinks): Iterable<Fault> {
  const { object, field, spec } = workload;
  if (!onHostNetwork(workload)) {
    const message = 'Flux is not on the host network, and its pod cannot start before there is a CNI';
    yield { object, field: `${field}.hostNetwork`, message, fix: 'set hostNetwork: true' };
    return;
  }
  if (!toleratesNotReady(spec)) {
    yield {
      object,
      field: `${field}.tolerations`,
      message: `Flux does not tolerate ${NOT_READY}, and a node without CNI has that taint`,
      fix: `add {key: ${NOT_READY}, operator: Exists} to its tolerations`,
    };
  }
  for (const container of containersOf(workload).filter(needsApiServer)) yield* environmentFaults(container, chain);
}

function* dnsFaults({ object, field, spec }: Workload, chain: ChainLinks): Iterable<Fault> {
  if (stringAt(spec, 'dnsPolicy') !== 'ClusterFirstWithHostNet' || !needsNames(chain)) return;
  yield {
    object,
    field: `${field}.dnsPolicy`,
    message: 'Flux resolves the hosts of URLs by CoreDNS, which does not run before there is a CNI',
    fix: 'remove dnsPolicy, so that Flux uses the resolver of its node',
  };
}

/** Whether the host of a URL is neither an address nor the node itself. */
function needsNames({ objects, repositories }: ChainLinks): boolean {
  const endpoints = repositories.flatMap(({ target }) => ('endpoint' in target ? [target.endpoint.host] : []));
  const hosts = [...endpoints, ...readUpstreamSources(objects).map(({ host }) => host)];
  return hosts.some((host) => !/^[\d.]+$|:/.test(host) && !isLocalHost(host));
}

const NOT_READY = 'node.kubernetes.io/not-ready';

function toleratesNotReady(spec: unknown): boolean {
  // Such a pod passes by the scheduler.
  if (stringAt(spec, 'nodeName') !== undefined) return true;
  return listAt(spec, 'tolerations').some((toleration) => {
    const [key, effect] = [stringAt(toleration, 'key') || NOT_READY, stringAt(toleration, 'effect') || 'NoSchedule'];
    const isSet = stringAt(toleration, 'operator') === 'Exists' || !stringAt(toleration, 'value');
    return key === NOT_READY && effect === 'NoSchedule' && isSet;
  });
}

function needsApiServer(container: Container): boolean {
  return container.lasting && (runs(container, 'source-controller') || runs(container, 'helm-controller'));
}

function* environmentFaults(container: Container, { workloads }: ChainLinks): Iterable<Fault> {
  const { workload, name, field, value } = container;
  // What it has from there is not in the bundle.
  if (listAt(value, 'envFrom').length > 0) return;
  const at = { object: workload.object, field: `${field}.env` };
  const host = variable(value, 'KUBERNETES_SERVICE_HOST');
  if (host === undefined || isClusterDnsName(String(host))) {
    yield {
      ...at,
      message: `${name} connects to the Service of the API server, which needs kube-proxy`,
      fix: 'set KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT to the host and port in the URLs of the HelmRepositories',
    };
  }
  const store = advertisedService(workloads);
  if (store === undefined || !runs(container, 'helm-controller')) return;
  if (variable(value, 'SOURCE_CONTROLLER_LOCALHOST') !== undefined) return;
  yield {
    ...at,
    message: `${name} downloads charts from ${store}, the name of a Service, which needs CoreDNS and kube-proxy`,
    fix: 'set SOURCE_CONTROLLER_LOCALHOST to localhost and the port of source-controller, and run both on one node',
  };
}

/** The value of a variable, or its source; `undefined` if the container does not set it. */
function variable(container: unknown, name: string): unknown {
  const entry = listAt(container, 'env').findLast((one) => stringAt(one, 'name') === name);
  return fieldAt(entry, 'value') ?? fieldAt(entry, 'valueFrom');
}

/** The name of a Service by which source-controller is to be found (--storage-adv-addr), if it advertises one. */
function advertisedService(workloads: readonly Workload[]): string | undefined {
  const sources = workloads.flatMap(containersOf).filter((one) => runs(one, 'source-controller'));
  return sources
    .flatMap(({ value }) => stringsAt(value, 'args'))
    .flatMap((arg) => /^--storage-adv-addr=(.*\.svc\b.*)$/.exec(arg)?.[1] ?? [])
    .at(-1);
}
