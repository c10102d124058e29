import { ApiObject, type Chart, JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import type { ArtifactSource } from '../../../src/constructs/charts/artifact-source';
import { ChartArtifacts, type ChartArtifactsProps } from '../../../src/constructs/charts/chart-artifacts';
import type { ChartArtifact } from '../../../src/constructs/charts/chart-copies';
import { OciAssets } from '../../../src/constructs/charts/oci-assets';
import { fieldAt, listAt } from '../../../src/kubernetes/fields';
import { messageOf } from '../../support/errors';
import { synth } from '../../support/synth';

const source: ArtifactSource = { alias: 'assets', kind: 'OCIRepository', name: 'assets', namespace: 'platform' };
const cilium: ChartArtifact = { name: 'network-cilium', path: 'system/cilium' };
const props: ChartArtifactsProps = { name: 'network', namespace: 'platform', sources: [source], charts: [cilium] };

const artifactsIn = (chart: Chart, changes: Partial<ChartArtifactsProps> = {}, id = 'artifacts') =>
  new ChartArtifacts(chart, id, { ...props, ...changes });
const synthArtifacts = (changes: Partial<ChartArtifactsProps> = {}, id?: string) =>
  synth((chart) => artifactsIn(chart, changes, id), 'elsewhere');

/** The copy operations of the only chart. */
const copiesOf = (chart: Partial<ChartArtifact>, sources = [source]) =>
  fieldAt(listAt(synthArtifacts({ sources, charts: [{ ...cilium, ...chart }] })[0], 'spec', 'artifacts')[0], 'copy');

describe('ChartArtifacts', () => {
  test('are an ArtifactGenerator, in its own namespace, that copies the folder of the chart', () => {
    expect(synthArtifacts()).toEqual([
      {
        apiVersion: 'source.extensions.fluxcd.io/v1beta1',
        kind: 'ArtifactGenerator',
        metadata: { name: 'network', namespace: 'platform' },
        spec: {
          sources: [source],
          artifacts: [
            {
              name: 'network-cilium',
              copy: [{ from: '@assets/system/cilium/**', to: '@artifact/cilium/' }],
            },
          ],
        },
      },
    ]);
  });

  test('assemble a chart as Cozystack does: the folder, its libraries, the first values, then the merged ones', () => {
    const chart = {
      libraries: ['library/cozy-lib', 'library/common'],
      valuesFiles: ['values.yaml', 'values-talos.yaml', 'values-kubeovn.yaml'],
    };

    expect(copiesOf(chart)).toEqual([
      { from: '@assets/system/cilium/**', to: '@artifact/cilium/' },
      { from: '@assets/library/cozy-lib/**', to: '@artifact/cilium/charts/cozy-lib/' },
      { from: '@assets/library/common/**', to: '@artifact/cilium/charts/common/' },
      { from: '@assets/system/cilium/values.yaml', to: '@artifact/cilium/values.yaml', strategy: 'Overwrite' },
      { from: '@assets/system/cilium/values-talos.yaml', to: '@artifact/cilium/values.yaml', strategy: 'Merge' },
      { from: '@assets/system/cilium/values-kubeovn.yaml', to: '@artifact/cilium/values.yaml', strategy: 'Merge' },
    ]);
  });

  test('can copy from the root of a source and from several sources', () => {
    const site: ArtifactSource = { alias: 'site_1', kind: 'GitRepository', name: 'site' };
    const chart = { path: 'cilium', libraries: ['@site_1/lib/common'], valuesFiles: ['@site_1/cilium.yaml'] };

    expect(copiesOf(chart, [source, site])).toEqual([
      { from: '@assets/cilium/**', to: '@artifact/cilium/' },
      { from: '@site_1/lib/common/**', to: '@artifact/cilium/charts/common/' },
      { from: '@site_1/cilium.yaml', to: '@artifact/cilium/values.yaml', strategy: 'Overwrite' },
    ]);
  });

  test('can read an OciAssets', () => {
    const [, generator] = synth((chart) => {
      const assets = new OciAssets(chart, 'assets', {
        name: 'assets',
        namespace: 'sources',
        url: 'oci://registry.example/charts',
        version: { tag: '1' },
      });
      artifactsIn(chart, { sources: [assets.source], labels: { 'example.org/part': 'network' } });
    });

    expect(generator).toMatchInlineSnapshot(`
      {
        "apiVersion": "source.extensions.fluxcd.io/v1beta1",
        "kind": "ArtifactGenerator",
        "metadata": {
          "labels": {
            "example.org/part": "network",
          },
          "name": "network",
          "namespace": "platform",
        },
        "spec": {
          "artifacts": [
            {
              "copy": [
                {
                  "from": "@assets/system/cilium/**",
                  "to": "@artifact/cilium/",
                },
              ],
              "name": "network-cilium",
            },
          ],
          "sources": [
            {
              "alias": "assets",
              "kind": "OCIRepository",
              "name": "assets",
              "namespace": "sources",
            },
          ],
        },
      }
    `);
  });

  test('have the same YAML with every construct id', () => {
    expect(synthArtifacts({}, 'renamed')).toEqual(synthArtifacts());
  });

  test('accept JSON patches: ApiObject.of returns the ArtifactGenerator', () => {
    const [object] = synth((chart) => {
      const artifacts = artifactsIn(chart);
      artifacts.apiObject.addJsonPatch(JsonPatch.add('/spec/artifacts/0/originRevision', '@assets'));
      expect(ApiObject.of(artifacts)).toBe(artifacts.apiObject);
    });

    expect(object).toHaveProperty('spec.artifacts.0.originRevision', '@assets');
  });
});

describe('a chartRef', () => {
  test('names the ExternalArtifact of a chart, in the namespace of the ArtifactGenerator', () => {
    synth((chart) =>
      expect(artifactsIn(chart).chartRef('network-cilium')).toEqual({
        kind: 'ExternalArtifact',
        name: 'network-cilium',
        namespace: 'platform',
      }),
    );
  });

  test('cannot name an unknown chart', () => {
    const build = () => synth((chart) => artifactsIn(chart).chartRef('cilium'));

    expect(messageOf('ERR_EGGTOOTH_SOURCE', build)).toBe(
      'ArtifactGenerator platform/network: has no chart "cilium"\n  fix: use one of network-cilium',
    );
  });
});

describe('ChartArtifacts that source-watcher could not create are rejected, with object, reason and fix', () => {
  const sourceWith = (changes: object) => ({ sources: [{ ...source, ...changes } as ArtifactSource] });
  const chartWith = (changes: Partial<ChartArtifact>) => ({ charts: [{ ...cilium, ...changes }] });

  test.each<readonly [Partial<ChartArtifactsProps>, problem: string, fix: string]>([
    [{ sources: [] }, 'has no sources', 'add at least one'],
    [sourceWith({ alias: 'Assets' }), 'the source "Assets" has an invalid alias', 'lower-case letters'],
    [sourceWith({ alias: '-assets' }), 'the source "-assets" has an invalid alias', 'first and last'],
    [sourceWith({ alias: 'a'.repeat(64) }), 'has an invalid alias', '1 to 63'],
    [{ sources: [source, source] }, 'the source "assets" exists twice', 'a unique alias'],
    [sourceWith({ kind: 'HelmRepository' }), 'has the kind "HelmRepository"', 'a HelmChart that reads'],
    [sourceWith({ kind: 'Repository' }), 'has the kind "Repository"', 'use one of Bucket'],
    [sourceWith({ name: 'assets.v1' }), 'has the invalid name "assets.v1"', 'does not allow dots here'],
    [{ charts: [] }, 'has no charts', 'add at least one'],
    [chartWith({ name: 'Cilium' }), 'the artifact "Cilium" has an invalid name', 'use lower-case letters'],
    [chartWith({ name: '{app}' }), 'the artifact "{app}" has an invalid name', 'use lower-case letters'],
    [{ charts: [cilium, cilium] }, 'the artifact "network-cilium" exists twice', 'a unique name'],
    [chartWith({ path: '' }), 'contains "", which is not the path', 'such as system/cilium'],
    [chartWith({ path: '/system/cilium' }), 'contains "/system/cilium", which is not the path', 'use a relative path'],
    [chartWith({ path: 'system/cilium/' }), 'contains "system/cilium/", which is not the path', 'use a relative path'],
    [
      chartWith({ path: 'system/../cilium' }),
      'contains "system/../cilium", which is not the path',
      'without *, . and ..',
    ],
    [chartWith({ path: 'system/*' }), 'contains "system/*", which is not the path', 'without *, . and ..'],
    [chartWith({ path: '@other/cilium' }), 'contains "@other/cilium", which is not in a source', 'use one of @assets'],
    [chartWith({ path: '@assets' }), 'contains "@assets", which is not the path', 'use a relative path'],
    [chartWith({ libraries: ['library/**'] }), 'contains "library/**", which is not the path', 'without *'],
    [chartWith({ libraries: ['a/common', 'b/common'] }), 'has two libraries called common', 'remove one'],
    [chartWith({ valuesFiles: ['../values.yaml'] }), 'contains "../values.yaml", which is not the path', 'without *'],
    [chartWith({ path: `a/${'b'.repeat(1000)}` }), 'which is longer than 1000 characters', 'shorten it'],
  ])('%j', (changes, problem, fix) => {
    const message = messageOf('ERR_EGGTOOTH_SOURCE', () => synthArtifacts(changes));

    expect(message).toMatch(/^ArtifactGenerator platform\/network: /);
    expect(message).toContain(problem);
    expect(message).toContain(fix);
  });
});
