import { ApiObject, App, Chart, type ChartProps, JsonPatch, Lazy } from 'cdk8s';
import { describe, expect, test, vi } from 'vitest';
import { ApiServer, BootstrapBundle } from '../../src';
import { ManifestObject } from '../../src/constructs/manifest-object';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { thrownBy } from '../support/errors';

const manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'b' },
  data: { key: 'value' },
};

function chartOf(props: ChartProps = {}): Chart {
  return new Chart(new App(), 'chart', props);
}

function bundle(): BootstrapBundle {
  return new BootstrapBundle(new App(), 'bundle', {
    apiServer: ApiServer.fromUrl('https://example.org:6443'),
    namespace: 'platform',
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [{ name: 'charts', path: '/charts' }],
  });
}

describe('the manifest that rules read', () => {
  test('is that of the constructor as long as the object is unchanged', () => {
    const object = new ManifestObject(chartOf(), 'object', manifest);

    expect(ManifestObject.manifestOf(object)).toBe(manifest);
    expect(object.toJson()).toEqual(manifest);
    expect(ManifestObject.manifestOf(object)).toBe(manifest);
  });

  test.each<[string, (object: ManifestObject) => void]>([
    ['a JSON patch', (object) => object.addJsonPatch(JsonPatch.replace('/data/key', 'other'))],
    ['a patch of the namespace', (object) => object.addJsonPatch(JsonPatch.remove('/metadata/namespace'))],
    ['a label', (object) => object.metadata.addLabel('key', 'other')],
    ['a field of the metadata', (object) => object.metadata.add('key', 'other')],
  ])('includes %s', (_, touch) => {
    const object = new ManifestObject(chartOf(), 'object', manifest);

    touch(object);

    expect(ManifestObject.manifestOf(object)).toEqual(object.toJson());
    expect(ManifestObject.manifestOf(object)).not.toEqual(manifest);
  });

  test('includes the value of a Lazy', () => {
    const data = { key: Lazy.any({ produce: () => 'late' }) };
    const object = new ManifestObject(chartOf(), 'object', { ...manifest, data });

    expect(ManifestObject.manifestOf(object)).toMatchObject({ data: { key: 'late' } });
  });

  test.each<{ what: string; props: ChartProps; metadata: KubeObject['metadata'] }>([
    {
      what: 'labels',
      props: { labels: { team: 'platform', key: 'chart' } },
      metadata: { name: 'a', namespace: 'b', labels: { key: 'own' } },
    },
    { what: 'namespace', props: { namespace: 'b' }, metadata: { name: 'a' } },
    {
      what: 'labels, one of them a Lazy,',
      props: { labels: { team: Lazy.any({ produce: () => 'late' }) as unknown as string } },
      metadata: { name: 'a' },
    },
  ])('includes the $what of the Chart', ({ props, metadata }) => {
    const object = new ManifestObject(chartOf(props), 'object', { ...manifest, metadata });

    expect(ManifestObject.manifestOf(object)).toEqual(object.toJson());
  });

  test('is the rendered object for another ApiObject', () => {
    const object = new ApiObject(chartOf(), 'object', manifest);

    expect(ManifestObject.manifestOf(object)).toEqual(manifest);
  });
});

describe('an object is rejected', () => {
  test.each([
    ['its name', { name: 'A', namespace: 'b' }, 'invalid name: "A"'],
    ['its namespace', { name: 'a', namespace: 'B' }, 'invalid namespace: "B"'],
  ])('because of %s', (_, metadata, problem) => {
    const create = () => new ManifestObject(chartOf(), 'object', { ...manifest, metadata });

    expect(thrownBy(create)).toMatchObject({
      code: 'ERR_EGGTOOTH_OPTION',
      problem,
      object: { kind: 'ConfigMap', ...metadata },
    });
  });

  test('because of its id, which another construct has', () => {
    const chart = chartOf();
    new ManifestObject(chart, 'object', manifest);

    const error = thrownBy(() => new ManifestObject(chart, 'object', manifest));

    expect(error).toMatchObject({
      problem: 'a construct with this id exists: chart/object',
      fix: 'give one of them another id',
      object: { kind: 'ConfigMap', name: 'a' },
    });
  });
});

describe('a bundle', () => {
  test('is rejected if a patch breaks it after a sound synth, and accepted once it is fixed', () => {
    const chart = bundle();
    const { apiObject } = chart.repositories[0] ?? {};
    expect(() => chart.toJson()).not.toThrow();

    apiObject?.addJsonPatch(
      JsonPatch.replace('/spec/url', 'https://example.org:6443/api/v1/namespaces/a/pods/b/proxy'),
    );
    expect(() => chart.toJson()).toThrow('[bundle/repository-platform-charts] error');

    apiObject?.addJsonPatch(JsonPatch.remove('/spec/url'));
    expect(() => chart.toJson()).not.toThrow();
  });

  test('is rejected if an object is added in another form after a sound synth', () => {
    const chart = bundle();
    chart.toJson();

    const server = chart.server.apiObject.toJson();
    new ApiObject(chart, 'again', { ...server, metadata: { ...server.metadata, annotations: { a: 'b' } } });

    expect(() => chart.toJson()).toThrow('object-unique');
  });

  test('renders a HelmRepository once for each output, however often it is validated', () => {
    const chart = bundle();
    const [repository] = chart.repositories;
    const render = vi.spyOn(ApiObject.prototype, 'toJson');

    chart.toJson();

    expect(render.mock.contexts.filter((object) => object === repository?.apiObject)).toHaveLength(1);
    render.mockRestore();
  });
});
