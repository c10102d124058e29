import { EggtoothError } from '../errors';
import { fieldAt } from '../kubernetes/fields';
import { type KubeObject, referenceTo } from '../kubernetes/kube-object';
import { type AppliedObject, applyAll } from '../up/apply-objects';
import type { Run } from '../up/run';

/**
 * Applies HelmReleases that may have another chart source in the cluster. The API server decides on all of them, by dry
 * run, before the first one is written: if it refuses one, for whatever reason, all keep the chart that they have.
 */
export async function switchReleases(
  run: Run,
  releases: readonly KubeObject[],
  mayForce: (release: KubeObject) => boolean,
): Promise<readonly AppliedObject[]> {
  const toReplace: KubeObject[] = [];
  for (const release of releases) if (await mustReplaceChart(run, release)) toReplace.push(release);
  for (const release of toReplace) {
    const patch = { spec: { chart: null, chartRef: fieldAt(release, 'spec', 'chartRef') } };
    await run.objects.patch(referenceTo(release), patch, { purpose: 'set chartRef of the HelmRelease' });
  }
  return applyAll(run, releases, mayForce);
}

/**
 * Whether `spec.chart` must be replaced with `spec.chartRef` in one write before the HelmRelease is applied: Flux rejects
 * one with both, and a server-side apply keeps a `chart` that another field manager wrote.
 * @throws EggtoothError if the API server refuses the HelmRelease for another reason: it is asked to apply it without
 * `chartRef`, then to patch it as a whole
 */
async function mustReplaceChart({ objects }: Run, release: KubeObject): Promise<boolean> {
  try {
    await objects.apply(release, { dryRun: true });
    return false;
  } catch (error) {
    const reference = referenceTo(release);
    const isRefused = error instanceof EggtoothError && !error.retryable;
    const hasBoth =
      fieldAt(release, 'spec', 'chartRef') !== undefined &&
      fieldAt(await objects.get(reference), 'spec', 'chart') !== undefined;
    if (!isRefused || !hasBoth) throw error;
    const { chartRef: _, ...rest } = release.spec as { readonly chartRef: unknown };
    await objects.apply({ ...release, spec: rest }, { dryRun: true });
    const { labels, annotations } = release.metadata;
    const whole = { metadata: { labels, annotations }, spec: { ...(release.spec as object), chart: null } };
    await objects.patch(reference, whole, { dryRun: true, purpose: 'apply the HelmRelease' });
    return true;
  }
}
