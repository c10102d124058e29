import { listAt, stringAt } from '../kubernetes/fields';
import type { KubeObject } from '../kubernetes/kube-object';
import type { BrokenLink } from './broken-link';
import { probeWorkload } from './probe-pods';
import type { Run } from './run';

/** Looks whether source-controller runs, if objects make it. */
export async function probeFlux(run: Run, objects: readonly KubeObject[]): Promise<BrokenLink | undefined> {
  for (const object of objects) {
    const container = sourceController(object);
    const broken = container && (await probeWorkload(run, object, container));
    if (broken) return broken;
  }
  return undefined;
}

/** Name of the container with source-controller, by its image. */
function sourceController(workload: KubeObject): string | undefined {
  const containers = listAt(workload, 'spec', 'template', 'spec', 'containers');
  const found = containers.find((one) => /(^|\/)source-controller([:@]|$)/.test(stringAt(one, 'image') ?? ''));
  return stringAt(found, 'name');
}
