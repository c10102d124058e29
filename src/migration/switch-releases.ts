import { FIELD_MANAGER } from '../cluster/server-side-apply';
import { isError } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import { helmReleaseGvk } from '../kubernetes/flux';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import { type AppliedObject, applyAll } from '../up/apply-objects';
import type { Run } from '../up/run';

/** Whether an object is a HelmRelease. */
export function isRelease({ apiVersion, kind }: KubeObject): boolean {
  return kind === helmReleaseGvk.kind && apiVersion.startsWith('helm.toolkit.fluxcd.io/');
}

/** Applies HelmReleases, some of which took their chart from elsewhere until now. */
export async function switchReleases(run: Run, releases: readonly KubeObject[]): Promise<readonly AppliedObject[]> {
  for (const release of releases) await takeChartRef(run, release);
  return applyAll(run, releases);
}

/**
 * Flux takes no chart beside a chartRef, and a chart that another field manager wrote outlives a server-side apply: then
 * both are changed in one write.
 */
async function takeChartRef({ cluster, objects }: Run, release: KubeObject): Promise<void> {
  const reference = referenceTo(release);
  const chartRef = fieldAt(release, 'spec', 'chartRef');
  if (chartRef === undefined || fieldAt(await objects.get(reference), 'spec', 'chart') === undefined) return;
  try {
    await objects.apply(release, { dryRun: true });
  } catch (error) {
    if (!isError(error, 'ERR_EGGTOOTH_API')) throw error;
    await cluster.call({
      purpose: 'give the HelmRelease its chartRef',
      method: 'PATCH',
      path: await objects.pathOf(reference),
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/merge-patch+json',
      body: { spec: { chart: null, chartRef } },
      object: reference,
      quotable: true,
    });
  }
}
