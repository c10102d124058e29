import { EggtoothError } from '../../errors';
import type { Rule } from '../finding';
import { clusterDnsProblem } from '../node-ports';

/** Before there is a CNI, neither CoreDNS nor kube-proxy runs: no name of a Service leads to the API server. */
export const endpointHost: Rule = {
  id: 'endpoint-host',
  severity: 'error',
  *check({ repositories }) {
    for (const { object, target } of repositories) {
      const message = target instanceof EggtoothError ? undefined : clusterDnsProblem(target.endpoint.host);
      if (message === undefined) continue;
      yield {
        object,
        field: 'spec.url',
        message,
        fix: 'use an address of the API server that works on the node itself, such as that of a node of the control plane or a load balancer, or ApiServer.talos(), k3s() or rke2()',
      };
    }
  },
};
