import { fieldAt } from '../../kubernetes/fields';
import { ChainParts } from '../chain-parts';
import type { Rule } from '../finding';
import { imageProblem } from '../image';
import { containersOf } from '../workloads';

/** Every bootstrap must run the same software, so its images have a digest or a tag other than latest. */
export const imagePinned: Rule = {
  id: 'image-pinned',
  severity: 'error',
  *check(chain) {
    for (const { workload, field, value } of chain.workloads.flatMap(containersOf)) {
      const image = fieldAt(value, 'image');
      const { problem, fix } = imageProblem(typeof image === 'string' ? image : '') ?? {};
      if (problem === undefined || fix === undefined) continue;
      yield {
        object: workload.object,
        field: `${field}.image`,
        message: `the image ${JSON.stringify(image) ?? '(none)'} ${problem}`,
        fix,
        severity: ChainParts.of(chain).severityOfPods(workload),
      };
    }
  },
};
