import { EggtoothError } from '../../errors';
import { listAt, stringAt } from '../../kubernetes/fields';
import { identityOf } from '../../kubernetes/identity';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import { keepApart } from '../anti-affinity';
import type { ApiServer } from '../api-server';
import type { ChainLinks } from '../chain-links';
import { ChainParts } from '../chain-parts';
import type { Fault, Rule } from '../finding';
import { type HostPort, hostPortsOf } from '../host-ports';
import { isLocalHost, KUBE_PRISM, type NodePort, nodePorts } from '../node-ports';
import { anyNode, controlPlane, mayMeet, type Placement, placementOf } from '../placement';
import { containersOf, endsByItself, isIdle } from '../workloads';

type Endpoint = Pick<ApiServer, 'host' | 'port'>;

/** Only one process can use a port of a node: a second pod is not scheduled there, or cannot bind the port. */
export const hostPorts: Rule = {
  id: 'host-ports',
  severity: 'error',
  *check(chain) {
    const parts = ChainParts.of(chain);
    const placements = new Map(chain.workloads.map((workload) => [workload, placementOf(workload.spec)]));
    const placed: Placed = ({ container }) => placements.get(container.workload) ?? anyNode;
    const taken = new Map<string, HostPort[]>();
    const endpoints = endpointsOf(chain);
    const talos = endpoints.some(({ host, port }) => port === KUBE_PRISM && isLocalHost(host));
    const held = new Map([...endpointPorts(endpoints), ...nodePorts({ talos })].map((owned) => [owned.port, owned]));
    for (const claim of chain.workloads.filter((one) => !isIdle(one)).flatMap(hostPortsOf)) {
      const { workload } = claim.container;
      const key = `${claim.protocol} ${claim.port}`;
      const list = taken.get(key) ?? [];
      taken.set(key, list);
      const rival = list.find((other) => clash(claim, other, placed));
      list.push(claim);
      const owned = claim.protocol === 'TCP' ? held.get(claim.port) : undefined;
      const severity = parts.severityOfPods(workload);
      if (owned !== undefined && onNodeOf(owned, claim, placed)) {
        yield { ...fault(claim, `is used by ${owned.owner}, before any pod starts`, 'choose another port'), severity };
        continue;
      }
      if (rival === undefined) continue;
      if (rival.container.workload === workload) {
        const twice = `is used by two containers of the pod, ${rival.container.name} and ${claim.container.name}`;
        yield { ...fault(claim, twice, 'choose another port for one of the containers'), severity };
        continue;
      }
      const owner = printReference(referenceTo(rival.container.workload.object));
      const fix =
        'choose another port for one of them, or separate their nodes by nodeSelector, nodeAffinity or podAntiAffinity';
      const both = `is used by ${rival.container.name} of ${owner} too, and one node cannot run both`;
      const concerned = [severity, parts.severityOfPods(rival.container.workload)];
      yield { ...fault(claim, both, fix), severity: concerned.includes('error') ? 'error' : 'warning' };
    }
  },
};

function fault({ container, field, protocol, port }: HostPort, problem: string, fix: string): Fault {
  return { object: container.workload.object, field, message: `${protocol} port ${port} of the node ${problem}`, fix };
}

/** The nodes of the pods that use a port. */
type Placed = (port: HostPort) => Placement;

function clash(one: HostPort, other: HostPort, placed: Placed): boolean {
  if (one.address !== undefined && other.address !== undefined && one.address !== other.address) return false;
  const [mine, theirs] = [one.container.workload, other.container.workload];
  if (mine === theirs) return true;
  // The one that is applied last replaces the other.
  if (identityOf(mine.object) === identityOf(theirs.object)) return false;
  // Of two pods that end, the second one starts after the first.
  if (endsByItself(mine) && endsByItself(theirs)) return false;
  return mayMeet(placed(one), placed(other)) && !keepApart(mine, theirs);
}

function onNodeOf({ owner, nodes }: NodePort, claim: HostPort, placed: Placed): boolean {
  if (claim.container.name === owner) return false;
  return mayMeet(placed(claim), nodes === 'all' ? anyNode : controlPlane);
}

/** The addresses of the API server in URLs of HelmRepositories and in the environment of pods. */
function endpointsOf({ repositories, workloads }: ChainLinks): readonly Endpoint[] {
  const urls = repositories.flatMap(({ target }) => (target instanceof EggtoothError ? [] : [target.endpoint]));
  const variables = workloads.flatMap(containersOf).flatMap(({ value }) => {
    const [host, port] = ['HOST', 'PORT'].map((name) => variable(value, `KUBERNETES_SERVICE_${name}`));
    return host === undefined || port === undefined ? [] : [{ host, port: Number(port) }];
  });
  return [...urls, ...variables];
}

/**
 * The ports of the API server, which it may use on the node. Port 443 of another host is that of a load balancer or a
 * Service: on the node it is free for ingress.
 */
function endpointPorts(endpoints: readonly Endpoint[]): readonly NodePort[] {
  return endpoints.flatMap(({ host, port }): NodePort[] => {
    if (port === 443 && !isLocalHost(host)) return [];
    return [{ port, owner: `the API server at ${host}`, nodes: isLocalHost(host) ? 'all' : 'control-plane' }];
  });
}

function variable(container: unknown, name: string): string | undefined {
  return stringAt(
    listAt(container, 'env').find((entry) => stringAt(entry, 'name') === name),
    'value',
  );
}
