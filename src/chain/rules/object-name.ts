import { nameProblem } from '../../kubernetes/object-names';
import { ChainParts } from '../chain-parts';
import type { Rule } from '../finding';

/** Names have the form that their kind allows: the API server would refuse the object. */
export const objectName: Rule = {
  id: 'object-name',
  severity: 'error',
  *check(chain) {
    for (const object of chain.objects) {
      const fault = nameProblem(object);
      if (fault === undefined) continue;
      const { field, problem, fix } = fault;
      yield { object, field, message: problem, fix, severity: ChainParts.of(chain).severityOf(object) };
    }
  },
};
