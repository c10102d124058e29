import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type ControlPlane, eventually, type Pod, runPod } from '../../../tools/control-plane';
import { type BundleOptions, bundleObjects, writeBundle } from './bundle';
import { eggtooth, type Run } from './eggtooth';

/** The bundle of one test. */
export interface Case {
  /** Name of the assets server. */
  readonly name: string;
  readonly namespace: string;
  /** The pod of the assets server, as errors name it. */
  readonly pod: string;
  readonly objects: readonly KubeObject[];
}

/** The bundles of many tests on one cluster, each with names of its own. */
export class Cases {
  private count = 0;

  /** @param charts - the folder that the pods serve */
  constructor(
    private readonly cluster: ControlPlane,
    private readonly charts: string,
  ) {}

  create({ url = this.cluster.url, certificateAuthority = this.cluster.ca, route }: Partial<BundleOptions> = {}): Case {
    this.count += 1;
    const [namespace, name] = [`case-${this.count}`, `assets-${this.count}`];
    const namespaces = [namespace, `${namespace}-shop`] as const;
    const objects = bundleObjects({ url, certificateAuthority, route, namespaces, name });
    return { name, namespace, pod: `Pod ${namespace}/${name}-0`, objects };
  }

  /** Runs `eggtooth up`. All cases share one API server, and nothing is left of the warnings about their many readers. */
  async up(objects: readonly KubeObject[], timeout = '10s', ...flags: readonly string[]): Promise<Run> {
    const bundle = writeBundle(join(mkdtempSync(join(this.cluster.dir, 'bundle-')), 'bundle.yaml'), objects);
    const run = await eggtooth(['up', bundle, '--kubeconfig', this.cluster.kubeconfig, '--timeout', timeout, ...flags]);
    return { ...run, stderr: run.stderr.replace(/^warning: HelmRepository .* with another Secret than .*\n/gm, '') };
  }

  /**
   * Expects that up fails with one error: the link, what was seen, and the fix. Where the machine is too busy to set the
   * scene before the first run ends, a later run sees it.
   */
  expectLink(objects: readonly KubeObject[], problem: string, fix: string, timeout = '10s'): Promise<Run> {
    return eventually(
      async () => {
        const run = await this.up(objects, timeout);
        const lines = run.stderr.split('\n').filter((line) => !line.startsWith('warning '));
        const [first = '', second = '', third, ...rest] = lines;
        expect(first).toContain(`error: ${problem}`);
        expect(second).toContain(`  fix: `);
        expect(second).toContain(fix);
        expect([third, ...rest]).toEqual(['  code: ERR_EGGTOOTH_NOT_READY', '']);
        expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 1, stdout: '' });
        return run;
      },
      { timeout: 200_000 },
    );
  }

  /** Runs the pod of the assets server. */
  serve({ namespace, name }: Case, { folder = this.charts, port = 8123 } = {}): Promise<Pod> {
    return runPod(this.cluster, { namespace, name: `${name}-0`, port, folder });
  }
}
