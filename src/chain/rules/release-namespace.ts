import type { KubeObject } from '../../kubernetes/kube-object';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import type { Rule } from '../finding';
import { helmControllers, isFlagSet } from '../flux-containers';
import type { Workload } from '../workloads';

/** With --no-cross-namespace-refs, Flux rejects a HelmRelease whose source is in another namespace. */
export const releaseNamespace: Rule = {
  id: 'release-namespace',
  severity: 'error',
  *check({ releases, workloads }) {
    const distant = releases.flatMap(({ object, namespace, sources }) =>
      sources.filter((source) => source.namespace !== namespace).map((source) => ({ object, namespace, source })),
    );
    const strict = distant.length === 0 ? undefined : strictFlux(workloads);
    if (strict === undefined) return;
    for (const { object, namespace, source } of distant) {
      yield {
        object,
        field: `${source.field}.namespace`,
        message: `the source is in namespace ${source.namespace}, and ${printReference(referenceTo(strict))} rejects other namespaces than the HelmRelease's: its helm-controller runs with ${FLAG}`,
        fix: `move the ${source.kind} to namespace ${namespace}, or run Flux without that flag`,
      };
    }
  },
};

const FLAG = '--no-cross-namespace-refs';

function strictFlux(workloads: readonly Workload[]): KubeObject | undefined {
  return helmControllers(workloads).find((container) => isFlagSet(container, FLAG))?.workload.object;
}
