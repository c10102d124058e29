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

describe('charts out of a source', () => {
  test('are one ArtifactGenerator, in its own namespace, that copies the folder of the chart', () => {
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

  test('are put together as Cozystack does it: chart, libraries, values replaced, then merged', () => {
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

  test('may lie at the top of the source, and take parts from another one', () => {
    const site: ArtifactSource = { alias: 'site_1', kind: 'GitRepository', name: 'site' };
    const chart = { path: 'cilium', libraries: ['@site_1/lib/common'], valuesFiles: ['@site_1/cilium.yaml'] };

    expect(copiesOf(chart, [source, site])).toEqual([
      { from: '@assets/cilium/**', to: '@artifact/cilium/' },
      { from: '@site_1/lib/common/**', to: '@artifact/cilium/charts/common/' },
      { from: '@site_1/cilium.yaml', to: '@artifact/cilium/values.yaml', strategy: 'Overwrite' },
    ]);
  });

  test('may come from the OCIRepository beside them', () => {
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

  test('have the same YAML under every construct id', () => {
    expect(synthArtifacts({}, 'renamed')).toEqual(synthArtifacts());
  });

  test('are open to JSON patches: ApiObject.of finds the ArtifactGenerator', () => {
    const [object] = synth((chart) => {
      const artifacts = artifactsIn(chart);
      artifacts.apiObject.addJsonPatch(JsonPatch.add('/spec/artifacts/0/originRevision', '@assets'));
      expect(ApiObject.of(artifacts)).toBe(artifacts.apiObject);
    });

    expect(object).toHaveProperty('spec.artifacts.0.originRevision', '@assets');
  });
});

describe('the chartRef of a HelmRelease', () => {
  test("names the chart's ExternalArtifact, in the namespace of the generator", () => {
    synth((chart) =>
      expect(artifactsIn(chart).chartRef('network-cilium')).toEqual({
        kind: 'ExternalArtifact',
        name: 'network-cilium',
        namespace: 'platform',
      }),
    );
  });

  test('cannot name an artifact that nothing makes', () => {
    const build = () => synth((chart) => artifactsIn(chart).chartRef('cilium'));

    expect(messageOf('ERR_EGGTOOTH_SOURCE', build)).toBe(
      'ArtifactGenerator platform/network: makes no artifact "cilium"\n  fix: choose one of: network-cilium',
    );
  });
});

describe('charts that source-watcher could not make are refused, with object, reason and fix', () => {
  const sourceWith = (changes: object) => ({ sources: [{ ...source, ...changes } as ArtifactSource] });
  const chartWith = (changes: Partial<ChartArtifact>) => ({ charts: [{ ...cilium, ...changes }] });

  test.each<readonly [Partial<ChartArtifactsProps>, problem: string, fix: string]>([
    [{ sources: [] }, 'has no source', 'give at least one'],
    [sourceWith({ alias: 'Assets' }), 'the source "Assets" has no valid alias', 'lower-case letters'],
    [sourceWith({ alias: '-assets' }), 'the source "-assets" has no valid alias', 'first and last'],
    [sourceWith({ alias: 'a'.repeat(64) }), 'has no valid alias', '1 to 63'],
    [{ sources: [source, source] }, 'the source "assets" is there twice', 'an alias of its own'],
    [sourceWith({ kind: 'HelmRepository' }), 'is of the kind "HelmRepository"', 'a HelmChart that reads'],
    [sourceWith({ kind: 'Repository' }), 'is of the kind "Repository"', 'choose one of: Bucket'],
    [sourceWith({ name: 'assets.v1' }), 'is called "assets.v1"', 'takes no dots here'],
    [{ charts: [] }, 'makes no artifact', 'give at least one chart'],
    [chartWith({ name: 'Cilium' }), 'the artifact "Cilium" has no valid name', 'choose an object name'],
    [chartWith({ name: '{app}' }), 'the artifact "{app}" has no valid name', 'choose an object name'],
    [{ charts: [cilium, cilium] }, 'the artifact "network-cilium" is made twice', 'a name of its own'],
    [chartWith({ path: '' }), 'is made of "", which is no path', 'as in system/cilium'],
    [chartWith({ path: '/system/cilium' }), 'is made of "/system/cilium", which is no path', 'relative'],
    [chartWith({ path: 'system/cilium/' }), 'is made of "system/cilium/", which is no path', 'relative'],
    [chartWith({ path: 'system/../cilium' }), 'is made of "system/../cilium", which is no path', 'without *, . and ..'],
    [chartWith({ path: 'system/*' }), 'is made of "system/*", which is no path', 'without *, . and ..'],
    [chartWith({ path: '@other/cilium' }), 'is made of "@other/cilium", which is in no source', 'name one of: @assets'],
    [chartWith({ path: '@assets' }), 'is made of "@assets", which is no path', 'relative'],
    [chartWith({ libraries: ['library/**'] }), 'is made of "library/**", which is no path', 'without *'],
    [chartWith({ libraries: ['a/common', 'b/common'] }), 'has two libraries called common', 'leave out one'],
    [chartWith({ valuesFiles: ['../values.yaml'] }), 'is made of "../values.yaml", which is no path', 'without *'],
    [chartWith({ path: `a/${'b'.repeat(1000)}` }), 'which is longer than 1000 characters', 'shorten it'],
  ])('%j', (changes, problem, fix) => {
    const message = messageOf('ERR_EGGTOOTH_SOURCE', () => synthArtifacts(changes));

    expect(message).toMatch(/^ArtifactGenerator platform\/network: /);
    expect(message).toContain(problem);
    expect(message).toContain(fix);
  });
});
