import { fieldAt, stringAt } from '../../kubernetes/fields';
import { ChainParts } from '../chain-parts';
import type { Rule } from '../finding';
import { helmControllers, isForNodeWithoutCni, isGateOn } from '../flux-containers';
import type { Release } from '../releases';

/**
 * On a node without CNI, the first attempts to install a release may fail, for example because images have to be pulled.
 * helm-controller then remediates or gives up, unless its strategy is RetryOnFailure. The retry of a failed install is an
 * upgrade, so both need it.
 */
export const releaseRetry: Rule = {
  id: 'release-retry',
  severity: 'error',
  *check(chain) {
    if (!isForNodeWithoutCni(chain)) return;
    const retriedByDefault = helmControllers(chain.workloads).some((one) => isGateOn(one, 'DefaultToRetryOnFailure'));
    for (const release of chain.releases) {
      // It is installed on another cluster.
      if (fieldAt(release.object, 'spec', 'kubeConfig') !== undefined) continue;
      const action = (['install', 'upgrade'] as const).find((one) => !isRetried(release, one, retriedByDefault));
      if (action === undefined) continue;
      yield {
        object: release.object,
        field: `spec.${action}.strategy`,
        message: `after a failed ${action}, helm-controller ${reactionTo(release, action)}: on a node without CNI, the first attempts may fail`,
        fix: 'set both spec.install.strategy and spec.upgrade.strategy to {name: RetryOnFailure, retryInterval: 30s}',
        severity: ChainParts.of(chain).severityOfRelease(release),
      };
    }
  },
};

type Action = 'install' | 'upgrade';

function isRetried({ object }: Release, action: Action, byDefault: boolean): boolean {
  const strategy = fieldAt(object, 'spec', action, 'strategy');
  return strategy == null ? byDefault : stringAt(strategy, 'name') === 'RetryOnFailure';
}

/** How RemediateOnFailure, the default strategy, reacts to a failure. */
function reactionTo({ object }: Release, action: Action): string {
  const remediation = fieldAt(object, 'spec', action, 'remediation');
  const retries = fieldAt(remediation, 'retries') ?? 0;
  const uninstalls = action === 'install' || stringAt(remediation, 'strategy') === 'uninstall';
  const remedy = uninstalls ? 'uninstalls the release' : 'rolls the release back';
  return retries === 0
    ? 'gives up'
    : `${remedy}${Number(retries) < 0 ? '' : `, and gives up after ${retries} retries`}`;
}
