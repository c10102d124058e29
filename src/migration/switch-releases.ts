import { isError } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import { type AppliedObject, applyAll } from '../up/apply-objects';
import type { Run } from '../up/run';

/** Applies HelmReleases, some of which took their chart from elsewhere until now. */
export async function switchReleases(run: Run, releases: readonly KubeObject[]): Promise<readonly AppliedObject[]> {
  for (const release of releases) await takeChartRef(run, release);
  return applyAll(run, releases);
}

/**
 * Flux takes no chart beside a chartRef, and a chart that another field manager wrote outlives a server-side apply: then
 * both are changed in one write.
 */
async function takeChartRef({ objects }: Run, release: KubeObject): Promise<void> {
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
