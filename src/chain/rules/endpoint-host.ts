import { EggtoothError } from '../../errors';
import type { Rule } from '../finding';
import { isClusterDnsName } from '../node-ports';

/** Before there is a CNI, neither CoreDNS nor kube-proxy runs: no name of a Service leads to the API server. */
export const endpointHost: Rule = {
  id: 'endpoint-host',
  severity: 'error',
  *check({ repositories }) {
    for (const { object, target } of repositories) {
      if (target instanceof EggtoothError || !isClusterDnsName(target.endpoint.host)) continue;
      yield {
        object,
        field: 'spec.url',
        message: `${target.endpoint.host} is the name of a Service, which Flux cannot resolve before CoreDNS runs, nor reach without kube-proxy`,
        fix: 'use an address of the API server that works on the node itself, such as that of a node of the control plane or a load balancer, or ApiServer.talos(), k3s() or rke2()',
      };
    }
  },
};
