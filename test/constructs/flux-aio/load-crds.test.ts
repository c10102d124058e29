import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FluxCrdsVersion, type FluxVersion, fluxReleases } from '../../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../../src/constructs/flux-aio/load-crds';
import { apiModules, crdsVersions, fluxVersions } from '../../../tools/crds/api-modules';
import { makeCrds } from '../../../tools/crds/crds';
import { moduleFolder, requirements } from '../../../tools/crds/go-module';
import { readCrd, readCrds } from '../../support/crds';
import { errorOf } from '../../support/errors';

const root = join(__dirname, '../../..');

/** The served versions of each kind, by the name of the CRD; the first one is the stored version. */
const LATER = {
  'alerts.notification.toolkit.fluxcd.io': ['v1beta3'],
  'artifactgenerators.source.extensions.fluxcd.io': ['v1beta1'],
  'buckets.source.toolkit.fluxcd.io': ['v1'],
  'externalartifacts.source.toolkit.fluxcd.io': ['v1'],
  'gitrepositories.source.toolkit.fluxcd.io': ['v1'],
  'helmcharts.source.toolkit.fluxcd.io': ['v1'],
  'helmreleases.helm.toolkit.fluxcd.io': ['v2'],
  'helmrepositories.source.toolkit.fluxcd.io': ['v1'],
  'kustomizations.kustomize.toolkit.fluxcd.io': ['v1'],
  'ocirepositories.source.toolkit.fluxcd.io': ['v1'],
  'providers.notification.toolkit.fluxcd.io': ['v1beta3'],
  'receivers.notification.toolkit.fluxcd.io': ['v1'],
};
const MIDDLE = {
  ...LATER,
  'alerts.notification.toolkit.fluxcd.io': ['v1beta3', 'v1beta2'],
  'providers.notification.toolkit.fluxcd.io': ['v1beta3', 'v1beta2'],
  'receivers.notification.toolkit.fluxcd.io': ['v1', 'v1beta2'],
};
const SERVED: Readonly<Record<FluxCrdsVersion, Readonly<Record<string, readonly string[]>>>> = {
  '2.7.3': {
    ...MIDDLE,
    'buckets.source.toolkit.fluxcd.io': ['v1', 'v1beta2'],
    'gitrepositories.source.toolkit.fluxcd.io': ['v1', 'v1beta2'],
    'helmcharts.source.toolkit.fluxcd.io': ['v1', 'v1beta2'],
    'helmreleases.helm.toolkit.fluxcd.io': ['v2', 'v2beta2'],
    'helmrepositories.source.toolkit.fluxcd.io': ['v1', 'v1beta2'],
    'kustomizations.kustomize.toolkit.fluxcd.io': ['v1', 'v1beta2'],
    'ocirepositories.source.toolkit.fluxcd.io': ['v1', 'v1beta2'],
  },
  '2.8.0': MIDDLE,
  '2.8.2': MIDDLE,
  '2.8.5': MIDDLE,
  '2.8.8': MIDDLE,
  '2.9.1': LATER,
  '2.9.3': LATER,
  '2.9.5': LATER,
  '2.10.0': {
    ...LATER,
    'alerts.notification.toolkit.fluxcd.io': ['v1', 'v1beta3'],
    'providers.notification.toolkit.fluxcd.io': ['v1', 'v1beta3'],
  },
};

/** The controller of each kind, by the name of the CRD. */
const COMPONENTS = {
  'alerts.notification.toolkit.fluxcd.io': 'notification-controller',
  'artifactgenerators.source.extensions.fluxcd.io': 'source-watcher',
  'buckets.source.toolkit.fluxcd.io': 'source-controller',
  'externalartifacts.source.toolkit.fluxcd.io': 'source-controller',
  'gitrepositories.source.toolkit.fluxcd.io': 'source-controller',
  'helmcharts.source.toolkit.fluxcd.io': 'source-controller',
  'helmreleases.helm.toolkit.fluxcd.io': 'helm-controller',
  'helmrepositories.source.toolkit.fluxcd.io': 'source-controller',
  'kustomizations.kustomize.toolkit.fluxcd.io': 'kustomize-controller',
  'ocirepositories.source.toolkit.fluxcd.io': 'source-controller',
  'providers.notification.toolkit.fluxcd.io': 'notification-controller',
  'receivers.notification.toolkit.fluxcd.io': 'notification-controller',
};

describe.each(crdsVersions)('the CRDs of Flux %s', (version) => {
  test('are those of its 12 kinds, sorted by name, with the versions that it serves', () => {
    const served = readCrds(version).map(({ metadata, spec }) => {
      const storedFirst = spec.versions.toSorted((a, b) => Number(b.storage) - Number(a.storage));
      return [metadata.name, storedFirst.filter((one) => one.served).map(({ name }) => name)];
    });

    expect(served).toEqual(Object.entries(SERVED[version]));
  });

  test('can be applied', () => {
    for (const { apiVersion, kind, metadata, spec } of readCrds(version)) {
      expect({ apiVersion, kind }).toEqual({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' });
      expect(Object.keys(metadata)).toEqual(['annotations', 'name', 'labels']);
      expect(metadata.name.endsWith(`.${spec.group}`)).toBe(true);
    }
  });

  test('are complete, including descriptions', () => {
    for (const { metadata, spec } of readCrds(version)) {
      for (const { name, schema } of spec.versions) {
        const { description, properties } = schema.openAPIV3Schema;
        for (const text of [description, properties?.spec?.description]) {
          expect(text, `${metadata.name} ${name}`).toMatch(/\w+ \w+/);
        }
      }
    }
    const { schema } = readCrd(version, 'HelmRelease').spec.versions.find(({ name }) => name === 'v2') ?? {};
    expect(schema?.openAPIV3Schema.properties?.spec?.properties?.interval?.description).toBe(
      'Interval at which to reconcile the Helm release.',
    );
  });

  test("are generated from the API modules of the release's controllers", () => {
    const api = requirements(version).filter(({ module }) => /^github\.com\/fluxcd\/[^/]+\/api(\/|$)/.test(module));
    const byName = (a: { module: string }, b: { module: string }) => (a.module < b.module ? -1 : 1);

    expect(api).toEqual(apiModules(version).sort(byName));
    const pinned = readFileSync(join(root, 'tools/crds/modules', version, 'go.sum'), 'utf8');
    for (const one of api) expect(pinned).toContain(`${one.module} ${one.version} h1:`);
  });

  test('have the labels that flux install gives them, with the controller that owns the kind', () => {
    const components = fluxCrds(version).map(({ metadata: { name, labels } }) => {
      const { 'app.kubernetes.io/component': component, ...others } = labels ?? {};
      expect(others).toEqual({ 'app.kubernetes.io/part-of': 'flux', 'app.kubernetes.io/version': `v${version}` });
      return [name, component];
    });

    expect(Object.fromEntries(components)).toEqual(COMPONENTS);
  });

  test('are the same objects in every call', () => {
    expect(fluxCrds(version)).toBe(fluxCrds(version));
  });
});

test.each(fluxVersions)('Flux %s has the CRDs of its minor version, with a label of its own', (version) => {
  const { crds } = fluxReleases[version];
  const labeled = fluxCrds(version).map(({ metadata }) => metadata.labels?.['app.kubernetes.io/version']);

  expect(crds.split('.').slice(0, 2)).toEqual(version.split('.').slice(0, 2));
  expect(readCrds(version).map(({ spec }) => spec)).toEqual(readCrds(crds).map(({ spec }) => spec));
  expect(labeled).toEqual(Array(12).fill(`v${version}`));
});

test('every patch release of Flux 2.7, 2.8 and 2.9 is known, and 2.10.0', () => {
  const patches = (minor: string, last: number) => Array.from({ length: last + 1 }, (_, patch) => `${minor}.${patch}`);

  expect(fluxVersions).toEqual([...patches('2.7', 5), ...patches('2.8', 8), ...patches('2.9', 5), '2.10.0']);
});

test('the CRDs of a release come from the API modules of its own controllers, or from modules with the same types', () => {
  const others = crdsVersions.flatMap((version) => {
    const tags = Object.values(fluxReleases[version].tags);
    return apiModules(version).filter((api) => !tags.includes(api.version));
  });

  expect(others).toEqual([{ module: 'github.com/fluxcd/notification-controller/api', version: 'v1.8.0' }]);
});

describe('of a release that is not known', () => {
  test.each(['2.6.0', '2.9', 'toString', '../crds/2.9.5'])('there are no CRDs: %s', (version) => {
    const error = errorOf('ERR_EGGTOOTH_OPTION', () => fluxCrds(version as FluxVersion));

    expect(error.message).toContain('use one of 2.7.0 to 2.7.5, 2.8.0 to 2.8.8, 2.9.0 to 2.9.5, 2.10.0');
  });
});

describe('NOTICE', () => {
  test('lists every module that the CRDs are generated from, with its versions', () => {
    const used = new Map<string, string[]>();
    for (const { module, version } of crdsVersions.flatMap(requirements)) {
      if (!/^(github\.com\/fluxcd\/|k8s\.io\/(apimachinery|apiextensions-apiserver)$)/.test(module)) continue;
      const versions = used.get(module) ?? [];
      used.set(module, versions.includes(version) ? versions : [...versions, version]);
    }
    const lines = readFileSync(join(root, 'NOTICE'), 'utf8').match(/^- .*$/gm);

    expect(lines?.sort()).toEqual([...used].map(([module, versions]) => `- ${module} ${versions.join(', ')}`).sort());
  });
});

describe('the folder crds/', () => {
  const minutes = 60_000;
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'eggtooth-crds-test-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function make(folder: string, env: NodeJS.ProcessEnv = {}) {
    const args = ['--import', 'tsx', 'tools/crds/make.ts', folder];
    return spawnSync(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8' });
  }

  test.each(['2.7.3', '2.10.0'] as const)(
    'has the same bytes as a new one: %s',
    { timeout: 5 * minutes },
    (version) => {
      const made = makeCrds(moduleFolder(version), version, scratch);

      expect(readdirSync(join(root, 'crds'))).toEqual(crdsVersions.map((one) => `${one}.json`).sort());
      expect(readFileSync(join(root, 'crds', `${version}.json`), 'utf8') === made).toBe(true);
    },
  );

  test('is not written if it is up to date', { timeout: 15 * minutes }, () => {
    const folder = join(scratch, 'twice');
    const state = () => readdirSync(folder).map((file) => [file, statSync(join(folder, file)).ino]);
    make(folder);
    const before = state();

    expect(make(folder)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(before).toHaveLength(crdsVersions.length);
    expect(state()).toEqual(before);
  });

  const isOldGo = /go1\.(\d|1\d|2[0-6])\b/.test(execFileSync('go', ['version'], { encoding: 'utf8' }));
  test.runIf(isOldGo)(
    'cannot be generated without the newer Go that Flux 2.10 needs, which one line reports',
    {
      timeout: minutes,
    },
    () => {
      const env = { XDG_CACHE_HOME: join(scratch, 'offline'), GOPROXY: 'off', GOMODCACHE: join(scratch, 'modules') };
      const { status, stderr } = make(join(scratch, 'without-toolchain'), env);

      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^making the CRDs of Flux 2\.7\.3, .*\nbuilding controller-gen, once a machine\ncrds: go1\.27\.3 cannot be downloaded: [^\n]*GOPROXY[^\n]*\n$/,
      );
    },
  );

  test('cannot be generated without Go, which one line reports', { timeout: minutes }, () => {
    const { status, stderr } = make(join(scratch, 'without-go'), { PATH: scratch });

    expect(status).toBe(1);
    expect(stderr).toMatch(/^crds: go is not on the PATH: [^\n]*\n$/);
  });
});
