import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, type AppProps, Chart, YamlOutputType } from 'cdk8s';
import { Construct } from 'constructs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ApiServer } from '../../src/chain/api-server';
import { BootstrapBundle } from '../../src/constructs/bundle/bootstrap-bundle';
import { identityOf } from '../../src/kubernetes/identity';
import type { KubeObject } from '../../src/kubernetes/kube-object';

const { FILE_PER_APP, FILE_PER_CHART, FILE_PER_RESOURCE, FOLDER_PER_CHART_FILE_PER_RESOURCE } = YamlOutputType;

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'eggtooth-files-test-'));
});
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

function bundleIn(scope: Construct, id: string, namespace = 'platform', url = 'https://example.org:6443') {
  return new BootstrapBundle(scope, id, {
    apiServer: ApiServer.fromUrl(url),
    namespace,
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [{ name: 'charts', path: '/charts' }],
  });
}

/** An App in which cdk8s could lose something. */
type Case = readonly [what: string, build: (app: App) => unknown, lost: RegExp];

const twoRepositories: Case = [
  'two HelmRepositories of one name',
  (app) =>
    new BootstrapBundle(app, 'bundle', {
      apiServer: ApiServer.fromUrl('https://example.org:6443'),
      namespace: 'platform',
      assets: { image: 'registry.example/assets:1', port: 8123 },
      repositories: ['one', 'two'].map((namespace) => ({ name: 'charts', namespace, path: `/${namespace}` })),
      flux: { crds: false },
    }),
  /HelmRepository one\/charts \(bundle\/repository-one-charts\) and HelmRepository two\/charts \(bundle\/repository-two-charts\) to one file, HelmRepository\.charts\./,
];

const inOneChart: readonly Case[] = [
  twoRepositories,
  [
    'objects of others',
    (app) => {
      const chart = bundleIn(app, 'bundle');
      for (const namespace of ['a', 'b']) configMap(chart, namespace, { name: 'settings', namespace });
    },
    /ConfigMap a\/settings \(bundle\/a\) and ConfigMap b\/settings \(bundle\/b\) to one file, ConfigMap\.settings\./,
  ],
  [
    'kinds of two API groups',
    (app) => {
      const chart = bundleIn(app, 'bundle');
      const metadata = { name: 'a', namespace: 'b' };
      new ApiObject(chart, 'one', { apiVersion: 'batch/v1', kind: 'Job', metadata });
      new ApiObject(chart, 'two', { apiVersion: 'example.org/v1', kind: 'Job', metadata });
    },
    /Job b\/a \(bundle\/one\) and Job b\/a \(bundle\/two\) to one file, Job\.a\./,
  ],
  [
    'names that differ in a colon',
    (app) => {
      const chart = bundleIn(app, 'bundle');
      const clusterRole = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
      for (const name of ['team:a', 'teama']) new ApiObject(chart, name, { ...clusterRole, metadata: { name } });
    },
    /ClusterRole team:a \(bundle\/team:a\) and ClusterRole teama \(bundle\/teama\) to one file, ClusterRole\.teama\./,
  ],
];

const inTwoCharts: readonly Case[] = [
  [
    'two bundles',
    (app) => {
      bundleIn(app, 'here');
      bundleIn(app, 'there', 'platform', 'https://10.0.0.1:6443');
    },
    /Namespace platform \(here\/namespace-platform\) and Namespace platform|HelmRepository/,
  ],
  [
    'a Chart of others',
    (app) => {
      bundleIn(app, 'bundle');
      configMap(new Chart(app, 'one'), 'object', { name: 'a' });
      configMap(new Chart(app, 'two'), 'object', { name: 'a', namespace: 'b' });
    },
    /ConfigMap a \(one\/object\) and ConfigMap b\/a \(two\/object\)/,
  ],
];

function configMap(scope: Construct, id: string, metadata: object) {
  return new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

function objectsIn(file: string): KubeObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
}

/** Synthesizes an App, and returns what is in its files and what is in the App. */
function written(props: AppProps, build: (app: App) => unknown) {
  const app = new App({ outdir, ...props });
  build(app);
  app.synth();
  const files = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const objects = app.node.findAll().filter(ApiObject.isApiObject);
  return {
    files: files.flatMap((file) => objectsIn(join(outdir, file))).map(identityOf),
    app: objects.map((object) => identityOf(object.toJson())),
  };
}

describe('synth fails, and writes nothing, if a file would replace another one, with a file for each', () => {
  test.each(inOneChart)('resource: %s', (_, build, lost) => {
    for (const outputFileExtension of [undefined, '.yml']) {
      const app = new App({ outdir, yamlOutputType: FILE_PER_RESOURCE, outputFileExtension });
      build(app);

      expect(() => app.synth()).toThrow(lost);
      expect(() => app.synth()).toThrow(`${outputFileExtension ?? '.k8s.yaml'}, and only the last stays; fix: `);
      expect(readdirSync(outdir)).toEqual([]);
    }
  });

  test.each(inOneChart)('resource in a folder of its Chart: %s', (_, build, lost) => {
    const app = new App({ outdir, yamlOutputType: FOLDER_PER_CHART_FILE_PER_RESOURCE });
    build(app);

    expect(() => app.synth()).toThrow(lost);
    expect(readdirSync(outdir)).toEqual([]);
  });

  test.each(inTwoCharts)('resource of all Charts: %s', (_, build, lost) => {
    const app = new App({ outdir, yamlOutputType: FILE_PER_RESOURCE });
    build(app);

    expect(() => app.synth()).toThrow(lost);
    expect(() => app.synth()).toThrow(
      'fix: set yamlOutputType of the App to YamlOutputType.FILE_PER_CHART or FILE_PER_APP',
    );
  });

  test.each([FILE_PER_CHART, FOLDER_PER_CHART_FILE_PER_RESOURCE])(
    'Chart, if cdk8s gives two Charts one name (%s)',
    (yamlOutputType) => {
      const app = new App({ outdir, yamlOutputType });
      bundleIn(app, 'bundle');
      configMap(new Chart(app, 'Other'), 'object', { name: 'a', namespace: 'b' });
      configMap(new Chart(new Construct(app, 'Default'), 'Other'), 'object', { name: 'a', namespace: 'c' });

      expect(() => app.synth()).toThrow(/\(Other.*\) and .*\(Default\/Other.*\) to one file, /);
    },
  );
});

describe('synth writes every object to', () => {
  test.each(
    [FILE_PER_APP, FILE_PER_CHART].flatMap((type) =>
      [...inOneChart, ...inTwoCharts].map(([what, build]) => ({
        type: YamlOutputType[type],
        yamlOutputType: type,
        what,
        build,
      })),
    ),
  )('files of the type $type: $what', ({ yamlOutputType, build }) => {
    const { files, app } = written({ yamlOutputType }, build);

    expect(files.sort()).toEqual(app.sort());
  });

  test.each([FILE_PER_RESOURCE, FOLDER_PER_CHART_FILE_PER_RESOURCE])(
    'a file of its own if their names differ, also in Charts in Charts (%s)',
    (yamlOutputType) => {
      const { files, app } = written({ yamlOutputType }, (app) => {
        const outer = bundleIn(app, 'bundle');
        configMap(new Chart(outer, 'inner'), 'object', { name: 'b' });
        configMap(new Chart(app, 'other'), 'object', { name: 'a' });
      });

      expect(files.sort()).toEqual(app.sort());
    },
  );

  test('folders of two bundles whose objects have the same names', () => {
    const [, build] = inTwoCharts[0] ?? [];
    const { files, app } = written({ yamlOutputType: FOLDER_PER_CHART_FILE_PER_RESOURCE }, (app) => build?.(app));

    expect(files.sort()).toEqual(app.sort());
  });

  test('one file if two objects of it are equal', () => {
    const { files, app } = written({ yamlOutputType: FILE_PER_RESOURCE }, (app) => {
      bundleIn(app, 'bundle');
      for (const id of ['one', 'two']) configMap(new Chart(app, id), 'object', { name: 'a' });
    });

    expect(new Set(files)).toEqual(new Set(app));
  });
});
