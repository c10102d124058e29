import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseBundle } from '../../src/kubernetes/choose-bundle';
import { BUNDLE_LABEL } from '../../src/kubernetes/labels';
import { type FileObject, splitBundles } from '../../src/kubernetes/split-bundles';
import { errorOf } from '../support/errors';

interface Parts {
  readonly namespace?: string;
  readonly label?: string;
  readonly data?: string;
}

function at(file: string, name: string, { namespace = 'platform', label, data = file }: Parts = {}): FileObject {
  const labels = label === undefined ? {} : { labels: { [BUNDLE_LABEL]: label } };
  return {
    file: join(...file.split('/')),
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...labels }, data: { data } },
  };
}

const shared = (file: string, name = 'crd') => at(file, name, { data: 'the same' });

/** The names of the bundles, with the files of each. */
function split(...entries: readonly FileObject[]) {
  return splitBundles(entries)?.map(({ name, files }) => [name, files.map((file) => file.replaceAll('\\', '/'))]);
}

describe('manifests are one bundle', () => {
  test.each([
    ['of one file', [at('dist/prod.yaml', 'a'), at('dist/prod.yaml', 'b')]],
    ['of files that define different objects', [at('dist/prod.yaml', 'a'), at('dist/more/b.yaml', 'b')]],
    ['if files define an object equally', [shared('a.yaml'), at('a.yaml', 'a'), shared('b.yaml'), at('b.yaml', 'b')]],
    ['if an object is in two namespaces', [at('a.yaml', 'a'), at('b.yaml', 'a', { namespace: 'shop' })]],
    ['with several labels', [at('a.yaml', 'a', { label: 'one' }), at('b.yaml', 'b', { label: 'two' })]],
    ['if a single file contradicts itself without labels', [at('a.yaml', 'a', { data: '1' }), at('a.yaml', 'a')]],
  ])('%s', (_, entries) => {
    expect(splitBundles(entries)).toHaveLength(1);
  });

  test('in which what two files define equally is once, and what one file repeats stays', () => {
    const [bundle] = splitBundles([shared('a.yaml'), shared('b.yaml'), at('c.yaml', 'c'), at('c.yaml', 'c')]) ?? [];

    expect(bundle?.objects.map(({ metadata }) => metadata.name)).toEqual(['crd', 'c', 'c']);
    expect(bundle?.files).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
  });

  test('if objects without a name are repeated: the API server names them', () => {
    const generated = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'x-' } };

    expect(
      splitBundles([
        { file: 'a.yaml', object: { ...generated, data: { a: '1' } } },
        { file: 'b.yaml', object: generated },
      ]),
    ).toHaveLength(1);
  });
});

describe('manifests that contradict each other are several bundles', () => {
  test('in the files of two Charts, each with what neither contradicts', () => {
    expect(
      split(
        shared('dist/0000-crds.k8s.yaml'),
        at('dist/0001-prod.k8s.yaml', 'a'),
        at('dist/0002-staging.k8s.yaml', 'a'),
      ),
    ).toEqual([
      ['prod', ['dist/0000-crds.k8s.yaml', 'dist/0001-prod.k8s.yaml']],
      ['staging', ['dist/0000-crds.k8s.yaml', 'dist/0002-staging.k8s.yaml']],
    ]);
  });

  test('in two folders with a file for each resource', () => {
    expect(
      split(
        at('dist/prod/ConfigMap.a.yaml', 'a'),
        at('dist/prod/ConfigMap.b.yaml', 'b'),
        at('dist/staging/ConfigMap.a.yaml', 'a'),
        at('dist/staging/ConfigMap.b.yaml', 'b'),
        shared('dist/namespace.yaml'),
      ),
    ).toEqual([
      ['prod', ['dist/prod/ConfigMap.a.yaml', 'dist/prod/ConfigMap.b.yaml', 'dist/namespace.yaml']],
      ['staging', ['dist/staging/ConfigMap.a.yaml', 'dist/staging/ConfigMap.b.yaml', 'dist/namespace.yaml']],
    ]);
  });

  test('in absolute paths that have only the root in common', () => {
    expect(split(at('/prod/a.yaml', 'a'), at('/staging/a.yaml', 'a'))?.map(([name]) => name)).toEqual([
      'prod',
      'staging',
    ]);
  });

  test('with CustomResourceDefinitions for each, which are told apart by their label', () => {
    const [prod, staging] = [{ label: 'platform.assets' }, { label: 'shop.assets' }];

    expect(
      split(
        at('prod-crds.yaml', 'crd', prod),
        at('prod.yaml', 'a', prod),
        at('staging-crds.yaml', 'crd', staging),
        at('staging.yaml', 'a', staging),
      ),
    ).toEqual([
      ['prod', ['prod-crds.yaml', 'prod.yaml']],
      ['staging', ['staging-crds.yaml', 'staging.yaml']],
    ]);
  });

  test('with the same label and equal CustomResourceDefinitions for each', () => {
    const label = { label: 'platform.assets' };
    const crd = { ...label, data: 'the same' };

    expect(
      split(
        at('a-crds.yaml', 'crd', crd),
        at('a.yaml', 'x', label),
        at('b-crds.yaml', 'crd', crd),
        at('b.yaml', 'x', label),
      ),
    ).toEqual([
      ['a', ['a-crds.yaml', 'a.yaml', 'b-crds.yaml']],
      ['b', ['a-crds.yaml', 'b-crds.yaml', 'b.yaml']],
    ]);
  });

  test('in one file, by their labels; what has no label belongs to each', () => {
    const bundles = splitBundles([
      shared('app.k8s.yaml'),
      at('app.k8s.yaml', 'a', { label: 'platform.assets' }),
      at('app.k8s.yaml', 'a', { label: 'shop.assets' }),
    ]);

    expect(bundles?.map(({ name, objects }) => [name, objects.length])).toEqual([
      ['platform.assets', 2],
      ['shop.assets', 2],
    ]);
  });

  test('of which a third that contradicts none is one by its label, and shared without one', () => {
    const own = (file: string, label: string) => at(file, 'a', { label });
    const pair = [own('prod.yaml', 'one'), own('staging.yaml', 'two')] as const;

    expect(split(...pair, at('dev.yaml', 'b', { label: 'three' }))?.map(([name]) => name)).toEqual([
      'prod',
      'staging',
      'dev',
    ]);
    expect(split(...pair, at('more.yaml', 'b', { label: 'two' }))).toEqual([
      ['prod', ['prod.yaml']],
      ['staging', ['staging.yaml', 'more.yaml']],
    ]);
    expect(split(...pair, at('more.yaml', 'b'))).toEqual([
      ['prod', ['prod.yaml', 'more.yaml']],
      ['staging', ['staging.yaml', 'more.yaml']],
    ]);
  });

  test('of several files each, if every file contradicts all files of the others', () => {
    expect(split(at('a.yaml', 'x'), at('a2.yaml', 'y'), at('b.yaml', 'x'), at('b.yaml', 'y'))).toEqual([
      ['a', ['a.yaml', 'a2.yaml']],
      ['b', ['b.yaml']],
    ]);
  });

  test('that are not told apart if it is unclear which files belong together', () => {
    expect(split(at('a.yaml', 'x'), at('a2.yaml', 'y'), at('b.yaml', 'x'), at('b2.yaml', 'y'))).toBeUndefined();
  });
});

describe('the name of a bundle', () => {
  const bundles = (...entries: readonly FileObject[]) => splitBundles(entries) ?? [];

  test('is its path if files of several folders have the same', () => {
    const names = bundles(at('eu/prod.yaml', 'a'), at('us/prod.yaml', 'a'), at('us/test.yaml', 'a')).map(
      ({ name }) => name,
    );

    expect(names).toEqual(['eu', 'prod', 'test']);
    expect(
      bundles(
        ...['eu', 'us'].flatMap((folder) =>
          ['prod', 'test'].map((name) => at(`${folder}/${name}.yaml`, 'a', { data: folder + name })),
        ),
      ).map(({ name }) => name),
    ).toEqual(['eu', 'us'].flatMap((folder) => ['prod', 'test'].map((name) => join(folder, `${name}.yaml`))));
  });

  test('can also be its file or its label, but not what several have', () => {
    const [prod, staging] = bundles(
      at('dist/0000-prod.k8s.yaml', 'a', { label: 'platform.assets' }),
      at('dist/0001-staging.k8s.yaml', 'a', { label: 'platform.assets' }),
    );

    expect(prod?.aliases).toEqual([join('dist', '0000-prod.k8s.yaml'), '0000-prod.k8s.yaml']);
    expect(staging?.aliases).not.toContain('platform.assets');
    expect(
      bundles(at('a.yaml', 'a', { label: 'one' }), at('b.yaml', 'a', { label: 'two' })).map(({ aliases }) => aliases),
    ).toEqual([
      ['a.yaml', 'one'],
      ['b.yaml', 'two'],
    ]);
  });
});

describe('bundles that do not contradict each other', () => {
  const entries = [
    shared('dist/crds.yaml'),
    at('dist/prod.yaml', 'a', { label: 'platform.assets' }),
    at('dist/staging.yaml', 'b', { label: 'shop.assets' }),
  ];

  test.each(['prod', 'platform.assets', 'prod.yaml', join('dist', 'prod.yaml')])(
    'are chosen by the name %s',
    (bundle) => {
      const { name, files } = chooseBundle(entries, { bundle });

      expect([name, ...files]).toEqual(['prod', join('dist', 'crds.yaml'), join('dist', 'prod.yaml')]);
    },
  );

  test('are one bundle if none is named', () => {
    expect(chooseBundle(entries).objects).toHaveLength(3);
  });

  test('in one file are chosen by their label', () => {
    const one = entries.map((entry) => ({ ...entry, file: 'app.k8s.yaml' }));

    expect(chooseBundle(one, { bundle: 'shop.assets' }).objects.map(({ metadata }) => metadata.name)).toEqual([
      'crd',
      'b',
    ]);
  });
});

describe('the bundle of a command', () => {
  const [prod, staging] = [at('dist/prod.k8s.yaml', 'a'), at('dist/staging.k8s.yaml', 'a')];

  test('must be named if there are several', () => {
    const { problem, fix } = errorOf('ERR_EGGTOOTH_BUNDLE', () => chooseBundle([prod, staging]));

    expect(problem).toBe(
      `the manifests are those of 2 bundles: prod, staging (${prod.file} and ${staging.file} define it, differently: ConfigMap platform/a)`,
    );
    expect(fix).toBe('choose one with --bundle NAME, or name the files of one bundle');
    expect(chooseBundle([prod, staging], { bundle: 'staging' }).objects).toEqual([staging.object]);
  });

  test.each([
    ['of several', [prod, staging], 'choose one with --bundle: prod, staging'],
    ['if there is one', [prod], 'leave the name out: the manifests are one bundle'],
  ])('must have the name of a bundle %s', (_, entries, fix) => {
    const error = errorOf('ERR_EGGTOOTH_OPTION', () => chooseBundle(entries, { bundle: 'dev' }));

    expect(error).toMatchObject({ problem: 'no bundle of the manifests has the name "dev"', fix });
  });

  test('is not guessed if it is unclear which files belong together', () => {
    const entries = [at('a.yaml', 'x'), at('a2.yaml', 'y'), at('b.yaml', 'x'), at('b2.yaml', 'y')];

    expect(errorOf('ERR_EGGTOOTH_BUNDLE', () => chooseBundle(entries)).problem).toContain(
      'a.yaml and b.yaml define it, differently: ConfigMap platform/x',
    );
  });
});
