import { isError } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import { type AppliedObject, applyAll } from '../up/apply-objects';
import type { Run } from '../up/run';

/** Applies HelmReleases that may have another chart source in the cluster. */
export async function switchReleases(
  run: Run,
  releases: readonly KubeObject[],
  mayAdopt: (release: KubeObject) => boolean,
): Promise<readonly AppliedObject[]> {
  for (const release of releases) await replaceChart(run, release);
  return applyAll(run, releases, mayAdopt);
}

/**
 * Replaces `spec.chart` with `spec.chartRef` in one write. Flux rejects a HelmRelease with both, and a server-side
 * apply keeps a `chart` that another field manager wrote.
 */
async function replaceChart({ objects }: Run, release: KubeObject): Promise<void> {
  const reference = referenceTo(release);
  const chartRef = fieldAt(release, 'spec', 'chartRef');
  if (chartRef === undefined || fieldAt(await objects.get(reference), 'spec', 'chart') === undefined) return;
  try {
    await objects.apply(release, { dryRun: true });
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_API')) throw error;
    await objects.patch(reference, { spec: { chart: null, chartRef } }, { purpose: 'set chartRef of the HelmRelease' });
  }
}
