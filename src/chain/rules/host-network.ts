import { isService } from '../../kubernetes/kinds';
import type { Rule } from '../finding';
import { onHostNetwork, workloadsBehind } from '../workloads';

/** Before there is a CNI, the API server reaches only pods on the host network. */
export const hostNetwork: Rule = {
  id: 'host-network',
  severity: 'error',
  stops: 'signing',
  *check({ routes, objects, workloads }) {
    const services = objects.filter(isService);
    const behind = routes.flatMap(({ route }) => workloadsBehind(route, workloads, services));
    for (const { object, field } of new Set(behind.filter((workload) => !onHostNetwork(workload)))) {
      yield {
        object,
        field: `${field}.hostNetwork`,
        message: 'the pod is not on the host network, and without a CNI the API server cannot reach it',
        fix: 'set hostNetwork: true',
      };
    }
  },
};
