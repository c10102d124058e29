import type { KubeObject } from '../../kubernetes/kube-object';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import { ChainParts } from '../chain-parts';
import type { Rule } from '../finding';
import { helmControllers, isFlagSet } from '../flux-containers';
import type { Workload } from '../workloads';

/** With --no-cross-namespace-refs, Flux rejects a HelmRelease whose source is in another namespace. */
export const releaseNamespace: Rule = {
  id: 'release-namespace',
  severity: 'error',
  *check(chain) {
    const distant = chain.releases.flatMap((release) =>
      release.sources.filter(({ namespace }) => namespace !== release.namespace).map((source) => ({ release, source })),
    );
    const strict = distant.length === 0 ? undefined : strictFlux(chain.workloads);
    if (strict === undefined) return;
    for (const { release, source } of distant) {
      const { object, namespace } = release;
      yield {
        object,
        field: `${source.field}.namespace`,
        message: `the source is in namespace ${source.namespace}, and ${printReference(referenceTo(strict))} rejects other namespaces than the HelmRelease's: its helm-controller runs with ${FLAG}`,
        fix: `move the ${source.kind} to namespace ${namespace}, or run Flux without that flag`,
        severity: ChainParts.of(chain).severityOfRelease(release),
      };
    }
  },
};

const FLAG = '--no-cross-namespace-refs';

function strictFlux(workloads: readonly Workload[]): KubeObject | undefined {
  return helmControllers(workloads).find((container) => isFlagSet(container, FLAG))?.workload.object;
}
