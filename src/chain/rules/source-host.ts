import type { Rule } from '../finding';
import { isForNodeWithoutCni } from '../flux-containers';
import { clusterDnsProblem } from '../node-ports';
import { readUpstreamSources } from '../upstream-sources';

/** Flux on the network of its node uses the resolver of the node, which knows no name of a Service. */
export const sourceHost: Rule = {
  id: 'source-host',
  severity: 'warning',
  *check(chain) {
    if (!isForNodeWithoutCni(chain)) return;
    for (const { object, host } of readUpstreamSources(chain.objects)) {
      const message = clusterDnsProblem(host);
      if (message === undefined) continue;
      yield {
        object,
        field: 'spec.url',
        message,
        fix: 'use a host that the resolver of the node knows, or read the charts of a server in the cluster through the API server',
      };
    }
  },
};
