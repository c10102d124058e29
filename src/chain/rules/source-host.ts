import type { Rule } from '../finding';
import { isForNodeWithoutCni } from '../flux-containers';
import { isClusterDnsName } from '../node-ports';
import { readUpstreamSources } from '../upstream-sources';

/** Flux on the network of its node uses the resolver of the node, which knows no name of a Service. */
export const sourceHost: Rule = {
  id: 'source-host',
  severity: 'warning',
  *check(chain) {
    if (!isForNodeWithoutCni(chain)) return;
    for (const { object, host } of readUpstreamSources(chain.objects)) {
      if (!isClusterDnsName(host)) continue;
      yield {
        object,
        field: 'spec.url',
        message: `${host} is the name of a Service, which Flux cannot resolve before CoreDNS runs, nor reach without kube-proxy`,
        fix: 'use a host that the resolver of the node knows, or read the charts of a server in the cluster through the API server',
      };
    }
  },
};
