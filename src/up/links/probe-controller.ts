import { listAt, stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import type { Run } from '../run';
import type { BrokenLink } from './broken-link';
import { probeWorkload } from './probe-pods';

/** A controller of Flux that reads or installs charts. */
export type ChartController = 'source-controller' | 'source-watcher' | 'helm-controller';

/** Finds out why a controller of Flux does not run, if the bundle includes it. */
export async function probeController(
  run: Run,
  bundle: readonly KubeObject[],
  controller: ChartController,
): Promise<BrokenLink | undefined> {
  for (const object of bundle) {
    const container = containerOf(object, controller);
    const broken = container && (await probeWorkload(run, object, container));
    if (broken) return broken;
  }
  return undefined;
}

/** Returns the name of the container that runs the image of a controller. */
function containerOf(workload: KubeObject, controller: ChartController): string | undefined {
  const isOurs = new RegExp(`(^|/)${controller}([:@]|$)`);
  const containers = listAt(workload, 'spec', 'template', 'spec', 'containers');
  return stringAt(
    containers.find((one) => isOurs.test(stringAt(one, 'image') ?? '')),
    'name',
  );
}
