import { EggtoothError } from '../../errors';
import { listAt, stringAt } from '../../kubernetes/fields';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import type { ApiServer } from '../api-server';
import type { ChainLinks } from '../chain-links';
import type { Fault, Rule } from '../finding';
import { type HostPort, hostPortsOf } from '../host-ports';
import { KUBE_PRISM, type NodePort, nodePorts } from '../node-ports';
import { anyNode, controlPlane, mayMeet, placementOf } from '../placement';
import { containersOf } from '../workloads';

type Endpoint = Pick<ApiServer, 'host' | 'port'>;

/** Only one process can use a port of a node: a second pod is not scheduled there, or cannot bind the port. */
export const hostPorts: Rule = {
  id: 'host-ports',
  severity: 'error',
  *check(chain) {
    const taken = new Map<string, HostPort[]>();
    const endpoints = endpointsOf(chain);
    const talos = endpoints.some(({ host, port }) => port === KUBE_PRISM && isLocal(host));
    const held = new Map([...endpointPorts(endpoints), ...nodePorts({ talos })].map((owned) => [owned.port, owned]));
    for (const claim of chain.workloads.flatMap(hostPortsOf)) {
      const key = `${claim.protocol} ${claim.port}`;
      const list = taken.get(key) ?? [];
      taken.set(key, list);
      const rival = list.find((other) => clash(claim, other));
      list.push(claim);
      const owned = claim.protocol === 'TCP' ? held.get(claim.port) : undefined;
      if (owned !== undefined && onNodeOf(owned, claim)) {
        yield fault(claim, `is used by ${owned.owner}, before any pod starts`, 'choose another port');
        continue;
      }
      if (rival === undefined) continue;
      if (rival.container.workload === claim.container.workload) {
        const twice = `is used by two containers of the pod, ${rival.container.name} and ${claim.container.name}`;
        yield fault(claim, twice, 'choose another port for one of the containers');
        continue;
      }
      const owner = printReference(referenceTo(rival.container.workload.object));
      const fix = 'choose another port for one of them, or separate their nodes by nodeSelector or nodeAffinity';
      yield fault(claim, `is used by ${rival.container.name} of ${owner} too, and one node cannot run both`, fix);
    }
  },
};

function fault({ container, field, protocol, port }: HostPort, problem: string, fix: string): Fault {
  return { object: container.workload.object, field, message: `${protocol} port ${port} of the node ${problem}`, fix };
}

function clash(one: HostPort, other: HostPort): boolean {
  if (one.address !== undefined && other.address !== undefined && one.address !== other.address) return false;
  const [mine, theirs] = [one.container.workload, other.container.workload];
  return mine === theirs || mayMeet(placementOf(mine.spec), placementOf(theirs.spec));
}

function onNodeOf({ owner, nodes }: NodePort, { container }: HostPort): boolean {
  if (container.name === owner) return false;
  return mayMeet(placementOf(container.workload.spec), nodes === 'all' ? anyNode : controlPlane);
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
    if (port === 443 && !isLocal(host)) return [];
    return [{ port, owner: `the API server at ${host}`, nodes: isLocal(host) ? 'all' : 'control-plane' }];
  });
}

function isLocal(host: string): boolean {
  return /^(localhost|127\..*|::1)$/.test(host);
}

function variable(container: unknown, name: string): string | undefined {
  return stringAt(
    listAt(container, 'env').find((entry) => stringAt(entry, 'name') === name),
    'value',
  );
}
