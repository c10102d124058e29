import { join } from 'node:path';
import { readBundle } from '../../../src/kubernetes/read-bundle';
import { startFlux, startRegistry } from '../../../tools/control-plane';
import { writeBundle } from './bundle';
import { eggtooth, type Run } from './eggtooth';
import { chainRelease, OCI_NAMESPACE, ociBundleObjects, pushCharts } from './oci-bundle';
import { startProxiedStage } from './proxied-stage';
import { type Stage, startStage } from './stage';

/** A stage on which a chain is at work, with the bundle that is to take its place. */
export interface MigrationStage extends Stage {
  /** The chain's bundle, with a HelmRelease `network`, and a ConfigMap `notes` that is no part of the chain. */
  readonly old: string;
  readonly next: string;
  /** Runs `eggtooth migrate`, as JSON. */
  migrate(flags?: readonly string[], signal?: AbortSignal): Promise<Run>;
}

/** Issues the certificate, starts Flux and a registry, and writes both bundles. */
export async function startMigrationStage(): Promise<MigrationStage> {
  const stage = await startStage();
  return prepare(stage, stage.cluster.kubeconfig);
}

/** The same, with a proxy in front of the API server. */
export async function startProxiedMigrationStage() {
  const stage = await startProxiedStage();
  return { ...(await prepare(stage, stage.kubeconfig)), proxy: stage.proxy, kubeconfig: stage.kubeconfig };
}

async function prepare(stage: Stage, kubeconfig: string): Promise<MigrationStage> {
  const { cluster } = stage;
  try {
    const notes = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'notes', namespace: OCI_NAMESPACE } };
    const objects = [...readBundle(stage.bundle), chainRelease(), notes];
    const old = writeBundle(join(cluster.dir, 'old.yaml'), objects);
    await cluster.apply(old);
    const issued = await eggtooth(['issue', old, '--kubeconfig', kubeconfig]);
    if (issued.code !== 0) throw new Error(issued.stderr);
    await startFlux(cluster);
    const registry = await startRegistry(cluster);
    const digest = await pushCharts(cluster, registry);
    const next = writeBundle(join(cluster.dir, 'next.yaml'), ociBundleObjects(registry, digest));
    const migrate = (flags: readonly string[] = [], signal?: AbortSignal) =>
      eggtooth(['migrate', old, next, '--kubeconfig', kubeconfig, '-o', 'json', ...flags], { signal });
    return { ...stage, old, next, migrate };
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

/** Resolves to what a run printed; it must have ended well. */
export function resultOf<Result>({ code, stdout, stderr }: Run): Result {
  if (code !== 0 || stderr !== '') throw new Error(`ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}
