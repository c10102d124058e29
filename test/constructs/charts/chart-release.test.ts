import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, JsonPatch, Lazy, Yaml } from 'cdk8s';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { ChartRelease, type ChartReleaseProps } from '../../../src/constructs/charts/chart-release';
import { LocalRepository } from '../../../src/constructs/charts/local-repository';
import { ociRepositoryGvk } from '../../../src/kubernetes/flux';
import { errorOf } from '../../support/errors';
import { synth } from '../../support/synth';

/** What every release has unless its options say otherwise. */
const defaults = {
  timeout: '15m',
  install: { strategy: { name: 'RetryOnFailure', retryInterval: '30s' } },
  upgrade: { strategy: { name: 'RetryOnFailure', retryInterval: '30s' }, crds: 'CreateReplace' },
};

/** A producer of a Lazy with a field that is null itself. */
class Producer {
  readonly nothing = null;

  produce() {
    return { mode: this.nothing };
  }
}

/** A value with what its Lazies produce. */
function produced(value: unknown): unknown {
  if (value instanceof Lazy) return produced(value.produce());
  if (Array.isArray(value)) return value.map(produced);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, produced(entry)]));
}

function release(changes: Partial<Omit<ChartReleaseProps, 'chart'>> & { version?: string } = {}) {
  const { version, ...props } = changes;
  const objects = synth((chart) => {
    const repository = new LocalRepository(chart, 'repository', {
      name: 'system',
      namespace: 'platform',
      path: '/repos/system',
      assets: { port: 8123 },
    });
    new ChartRelease(chart, 'release', {
      name: 'cilium',
      namespace: 'kube-system',
      chart: { repository, name: 'cilium', version },
      ...props,
    });
  });
  return objects[1];
}

describe('a ChartRelease', () => {
  test('installs a chart of a repository, which can be in another namespace', () => {
    expect(release()).toEqual({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'cilium', namespace: 'kube-system' },
      spec: {
        interval: '5m0s',
        ...defaults,
        chart: {
          spec: { chart: 'cilium', sourceRef: { kind: 'HelmRepository', name: 'system', namespace: 'platform' } },
        },
      },
    });
  });

  test('can have a version, an interval, and any other field of its spec', () => {
    const spec = { targetNamespace: 'network', maxHistory: 5 };

    expect(release({ version: '1.x', interval: '1h', spec })).toMatchObject({
      spec: { ...spec, interval: '1h', chart: { spec: { version: '1.x' } } },
    });
  });

  test('can refer to a chart that is an object of Flux', () => {
    const chart = { kind: 'OCIRepository', name: 'cilium', namespace: 'platform' } as const;
    const [, object] = synth((scope) => {
      new ApiObject(scope, 'source', {
        ...ociRepositoryGvk,
        metadata: { name: chart.name, namespace: chart.namespace },
        spec: { url: 'oci://registry.example/cilium', interval: '5m0s' },
      });
      new ChartRelease(scope, 'release', { name: 'cilium', namespace: 'platform', chart });
    });

    expect(object).toHaveProperty('spec', { interval: '5m0s', ...defaults, chartRef: chart });
  });

  test('keeps null in its values, which removes a default of the chart', () => {
    const values = { ipam: { mode: null, 'a/b~c': null, list: [1] }, empty: {} };
    const object = release({ values });

    expect(object).toHaveProperty('spec.values', values);
    expect(Yaml.stringify(object)).toContain('mode: null');
  });

  test('keeps null in lists of its values, and in other fields of its spec', () => {
    const values = {
      list: [null, 1, { name: 'a', mode: null, deep: [{ 'b/c~d': null }, [null, { e: null }]] }],
      empty: [],
      nothing: [null],
    };
    const postRenderers = [{ kustomize: { images: [{ name: 'a', newTag: null as unknown as string }] } }];
    const object = release({ values, postRenderers });

    expect(object).toHaveProperty('spec.values', values);
    expect(object).toHaveProperty('spec.postRenderers', postRenderers);
  });

  test.each([
    {
      what: 'a Lazy',
      values: { late: Lazy.any({ produce: () => ({ mode: null, kept: 1, list: [{ a: null }, null] }) }) },
    },
    { what: 'a Lazy in a list', values: { list: [Lazy.any({ produce: () => ({ deep: [[{ a: null }]] }) })] } },
    {
      what: 'a Lazy that is null',
      values: { late: Lazy.any({ produce: () => null }), list: [Lazy.any({ produce: () => null })] },
    },
    {
      what: 'a Lazy in a Lazy',
      values: { late: Lazy.any({ produce: () => [Lazy.any({ produce: () => ({ a: null }) })] }) },
    },
    { what: 'a Lazy beside null', values: { mode: null, late: Lazy.any({ produce: () => 'late' }) } },
    { what: 'a Lazy whose producer has fields', values: { late: Lazy.any(new Producer()) } },
    { what: 'values that are a Lazy', values: Lazy.any({ produce: () => ({ mode: null, list: [{ a: null }] }) }) },
  ])('keeps null of $what in its values, as the file that synth writes', ({ values }) => {
    const outdir = mkdtempSync(join(tmpdir(), 'eggtooth-values-'));
    const app = new App({ outdir });
    const chart = { kind: 'OCIRepository', name: 'any', namespace: 'platform', exists: true } as const;
    new ChartRelease(new Chart(app, 'chart'), 'release', { name: 'any', namespace: 'platform', chart, values });

    app.synth();

    const written = parse(readFileSync(join(outdir, 'chart.k8s.yaml'), 'utf8'));
    rmSync(outdir, { recursive: true });
    expect(written.spec.values).toStrictEqual(produced(values));
  });

  test('keeps null in its values under a JSON patch of somebody else', () => {
    const chart = new Chart(new App(), 'chart');
    const source = { kind: 'OCIRepository', name: 'any', namespace: 'platform', exists: true } as const;
    const values = { list: [{ a: null }], late: Lazy.any({ produce: () => ({ b: null, c: 1 }) }) };
    const object = new ChartRelease(chart, 'release', { name: 'any', namespace: 'platform', chart: source, values });
    object.addJsonPatch(JsonPatch.add('/spec/values/list/-', { d: null }), JsonPatch.remove('/spec/values/late/c'));

    expect(object.toJson()).toHaveProperty('spec.values', { late: { b: null }, list: [{ a: null }, { d: null }] });
    expect(object.toJson()).toEqual(object.toJson());
  });

  test.each([
    ['NaN', { list: [{ a: Number.NaN }] }, 'spec.values.list[0].a'],
    ['a date', { a: { at: new Date(0) } }, 'spec.values.a.at'],
    ['a function', { a: () => 1 }, 'spec.values.a'],
    ['an infinite number that a Lazy produces', { a: Lazy.any({ produce: () => -1 / 0 }) }, 'spec.values.a'],
  ])('refuses %s in its values, and names its path', (_, values, path) => {
    expect(errorOf('ERR_EGGTOOTH_OPTION', () => release({ values })).problem).toBe(`no value of YAML: ${path}`);
  });

  test('has an option for each field that a platform often sets', () => {
    const options = {
      timeout: '1h',
      valuesFrom: [{ kind: 'ConfigMap', name: 'cilium', optional: true }],
      suspend: true,
      driftDetection: { mode: 'warn', ignore: [{ paths: ['/spec/replicas'] }] },
      postRenderers: [{ kustomize: { images: [{ name: 'cilium', newTag: '1' }] } }],
    } as const;
    const dependsOn = [{ name: 'crds', namespace: 'platform', readyExpr: 'true' }];

    expect(release({ ...options, dependsOn })).toMatchObject({ spec: { ...options, dependsOn } });
  });

  test.each([
    {
      what: 'other fields of install and upgrade keep the strategy',
      given: { install: { createNamespace: true }, upgrade: { crds: 'Skip', force: true } },
      install: { ...defaults.install, createNamespace: true },
      upgrade: { ...defaults.upgrade, crds: 'Skip', force: true },
    },
    {
      what: 'another strategy replaces the default',
      given: {
        install: { strategy: { name: 'RetryOnFailure', retryInterval: '5s' } },
        upgrade: { strategy: { name: 'RetryOnFailure' } },
      },
      install: { strategy: { name: 'RetryOnFailure', retryInterval: '5s' } },
      upgrade: { strategy: { name: 'RetryOnFailure' }, crds: 'CreateReplace' },
    },
    {
      what: 'a remediation takes the place of the default strategy, beside which it would have no effect',
      given: { install: { remediation: { retries: 3 } }, upgrade: { remediation: { retries: 3 } } },
      install: { remediation: { retries: 3 } },
      upgrade: { remediation: { retries: 3 }, crds: 'CreateReplace' },
    },
  ] as const)('$what', ({ given, install, upgrade }) => {
    expect(release(given)).toMatchObject({ spec: { install, upgrade } });
    expect(release(given)).toHaveProperty('spec.install', install);
    expect(release(given)).toHaveProperty('spec.upgrade', upgrade);
  });

  test.each([
    {
      chart: { repository: { name: 'system', namespace: 'platform', exists: true }, name: 'cilium' },
      spec: {
        chart: {
          spec: { chart: 'cilium', sourceRef: { kind: 'HelmRepository', name: 'system', namespace: 'platform' } },
        },
      },
      existing: 'HelmRepository/platform/system',
    },
    {
      chart: {
        repository: { kind: 'GitRepository', name: 'system', namespace: 'platform', exists: true },
        name: './cilium',
      },
      spec: {
        chart: {
          spec: { chart: './cilium', sourceRef: { kind: 'GitRepository', name: 'system', namespace: 'platform' } },
        },
      },
      existing: 'GitRepository/platform/system',
    },
    {
      chart: { kind: 'ExternalArtifact', name: 'cilium', namespace: 'platform', exists: true },
      spec: { chartRef: { kind: 'ExternalArtifact', name: 'cilium', namespace: 'platform' } },
      existing: 'ExternalArtifact/platform/cilium',
    },
  ] as const)('states that the cluster has $existing already', ({ chart, spec, existing }) => {
    const dependsOn = [
      { name: 'first', exists: true },
      { name: 'crds', namespace: 'platform', exists: true },
    ];
    const props = { name: 'cilium', namespace: 'kube-system', chart, dependsOn };
    const [object, ...others] = synth((scope) => new ChartRelease(scope, 'release', props));

    expect(others).toEqual([]);
    expect(object).toHaveProperty(
      ['metadata', 'annotations', 'eggtooth.dev/existing'],
      `${existing},HelmRelease/kube-system/first,HelmRelease/platform/crds`,
    );
    expect(object).toMatchObject({ spec });
    expect(object).toHaveProperty('spec.dependsOn', [{ name: 'first' }, { name: 'crds', namespace: 'platform' }]);
  });

  test('warns of a source that neither the App creates nor the cluster has', () => {
    const chart = { kind: 'ExternalArtifact', name: 'cilium', namespace: 'platform' } as const;
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => write.mockRestore());

    synth((scope) => new ChartRelease(scope, 'release', { name: 'a', namespace: 'b', chart }));

    expect(write.mock.calls.join('')).toContain(
      'warning release-source: HelmRelease b/a spec.chartRef: ExternalArtifact platform/cilium',
    );
  });
});
