import { fieldAt } from '../../kubernetes/fields';
import type { Rule } from '../finding';
import { hostPortsOf } from '../host-ports';
import { isIdle } from '../workloads';

/** An update that starts the new pod before the old one ends never completes if both need a port of the only node. */
export const hostPortSurge: Rule = {
  id: 'host-port-surge',
  severity: 'warning',
  *check({ workloads }) {
    for (const workload of workloads) {
      const { object } = workload;
      if (
        object.kind !== 'Deployment' ||
        isIdle(workload) ||
        fieldAt(object, 'spec', 'strategy', 'type') === 'Recreate'
      )
        continue;
      const surge = fieldAt(object, 'spec', 'strategy', 'rollingUpdate', 'maxSurge');
      const [first] = hostPortsOf(workload);
      if (surge === 0 || surge === '0%' || first === undefined) continue;
      yield {
        object,
        field: 'spec.strategy',
        message: `a rolling update starts the new pod before the old one ends, and only one of them can use port ${first.port} of the node`,
        fix: 'set strategy.type: Recreate or rollingUpdate.maxSurge: 0',
      };
    }
  },
};
