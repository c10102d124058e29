import { App, Chart, Testing } from 'cdk8s';
import { expect } from 'vitest';
import { OciChart, type OciChartOptions, UpstreamRepository, type UpstreamRepositoryOptions } from '../../../src';
import type { Cluster as Client } from '../../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../../src/cluster/kubeconfig';
import { newestFlux } from '../../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import { readinessOf } from '../../../src/kubernetes/conditions';
import { helmReleaseGvk } from '../../../src/kubernetes/flux';
import { isOciRepository } from '../../../src/kubernetes/kinds';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type UpOptions, up } from '../../../src/up';
import {
  type Controller,
  type ControlPlane,
  eventually,
  publicAddress,
  type Registry,
  startControlPlane,
  startFlux,
  startRegistry,
} from '../../../tools/control-plane';

/** Where the sources of the tests, and their Secrets, are. */
export const UPSTREAM_NAMESPACE = 'default';

/** A source as a test describes it. Its version is that of the harness' charts. */
export type Source = Omit<UpstreamRepositoryOptions, 'name'> | Omit<OciChartOptions, 'name' | 'version'>;

/** The object of a source, as a construct writes it. */
export function sourceObject(name: string, source: Source): KubeObject {
  const chart = new Chart(new App(), 'source');
  const props = { ...source, name, namespace: UPSTREAM_NAMESPACE };
  if (source.url.startsWith('oci://')) {
    new OciChart(chart, 'source', { ...props, version: { tag: '0.1.0' } });
  } else {
    new UpstreamRepository(chart, 'source', props);
  }
  const [object] = Testing.synth(chart);
  return object;
}

/** A HelmRelease that installs the chart `app` of a source. */
export function releaseObject(name: string, source: KubeObject): KubeObject {
  const sourceRef = { kind: source.kind, name: source.metadata.name };
  const retried = { strategy: { name: 'RetryOnFailure', retryInterval: '30s' } };
  return {
    ...helmReleaseGvk,
    metadata: { name, namespace: UPSTREAM_NAMESPACE },
    spec: {
      interval: '1h',
      install: retried,
      upgrade: retried,
      ...(isOciRepository(source) ? { chartRef: sourceRef } : { chart: { spec: { chart: 'app', sourceRef } } }),
    },
  };
}

/** A Secret that an operator applies. */
export function secret(name: string, stringData: Readonly<Record<string, string>>, type = 'Opaque'): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: UPSTREAM_NAMESPACE }, type, stringData };
}

/** A trust policy of Notation for all registries and all certificates of the Secret. */
export function trustPolicy(level: 'strict' | 'audit'): string {
  const trust = { trustStores: ['ca:secret'], trustedIdentities: ['*'] };
  const signatureVerification = { level };
  return JSON.stringify({
    version: '1.0',
    trustPolicies: [{ name: 'all', registryScopes: ['*'], signatureVerification, ...trust }],
  });
}

/** A real cluster with the real Flux, and a registry outside of it. */
export class UpstreamStage {
  private constructor(
    readonly cluster: ControlPlane,
    readonly client: Client,
    readonly registry: Registry,
    /** Where the servers outside of the cluster are. */
    readonly address: string,
  ) {}

  static async start(controllers: readonly Controller[] = ['source-controller']): Promise<UpstreamStage> {
    const cluster = await startControlPlane();
    try {
      const client = await clusterFromKubeconfig({ kubeconfig: cluster.kubeconfig });
      cluster.onStop(async () => client.close());
      await cluster.apply(fluxCrds(newestFlux));
      await startFlux(cluster, { controllers });
      const address = publicAddress(cluster);
      return new UpstreamStage(cluster, client, await startRegistry(cluster, address), address);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Reads an object from the cluster. */
  async get({ kind, metadata: { name = '' } }: KubeObject): Promise<KubeObject> {
    return JSON.parse(await this.cluster.kubectl(['get', kind, name, '-n', UPSTREAM_NAMESPACE, '-o', 'json']));
  }

  /** Waits until Flux has failed to read all of the objects. */
  async untilFailed(objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) {
      await eventually(async () => {
        const { name } = object.metadata;
        expect({ name, ...readinessOf(await this.get(object)) }).toMatchObject({ name, status: 'False' });
      });
    }
  }

  /** Runs up, with a generous limit. */
  up(objects: readonly KubeObject[], options: Pick<UpOptions, 'onWarning'> = {}): ReturnType<typeof up> {
    return up(this.client, objects, { ...options, timeout: 240_000 });
  }

  /**
   * Expects that up fails with an object, what is wrong with it, and the fix. Where the machine is too busy for Flux to
   * answer before up ends, a later and longer run sees it.
   */
  async expectBroken(
    objects: readonly KubeObject[],
    { kind, metadata: { name } }: KubeObject,
    problem: RegExp,
    fix: RegExp,
  ): Promise<void> {
    let timeout = 500;
    await eventually(
      () => {
        timeout *= 2;
        return expect(up(this.client, objects, { timeout })).rejects.toMatchObject({
          code: 'ERR_EGGTOOTH_NOT_READY',
          object: { kind, name },
          problem: expect.stringMatching(problem),
          fix: expect.stringMatching(fix),
        });
      },
      { timeout: 120_000 },
    );
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}
