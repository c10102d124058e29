import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Yaml } from 'cdk8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBundle, readManifests } from '../../src/kubernetes/read-bundle';
import { errorOf } from '../support/errors';
import { goldenObjects } from '../support/golden';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-bundle-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file and returns its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function configMap(name: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
}

describe('readBundle reads', () => {
  test('a file with many documents, in their order', () => {
    const path = file('bundle.k8s.yaml', Yaml.stringify(...goldenObjects().reverse()));

    expect(readBundle(path)).toEqual(goldenObjects().reverse());
  });

  test('JSON with one object or a List', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: goldenObjects() };

    expect(readBundle(file('one.json', JSON.stringify(configMap('a'))))).toEqual([configMap('a')]);
    expect(readBundle(file('list.json', JSON.stringify(list, undefined, 2)))).toEqual(goldenObjects());
  });

  test('a List of Lists as its items', () => {
    const items = [{ apiVersion: 'v1', kind: 'RoleList', items: [configMap('a')] }, configMap('b')];

    const path = file('list.yaml', Yaml.stringify({ apiVersion: 'v1', kind: 'List', items }));

    expect(readBundle(path)).toEqual([configMap('a'), configMap('b')]);
  });

  test('no empty documents and no comments', () => {
    const object = Yaml.stringify(configMap('a'));

    expect(readBundle(file('gaps.yaml', `# top\n---\n---\n${object}---\n# end\n`))).toEqual([configMap('a')]);
  });

  test('a folder and its subfolders, sorted by path', () => {
    file('b.k8s.yaml', Yaml.stringify(configMap('b')));
    file('a/z/deep.yml', Yaml.stringify(configMap('deep')));
    file('a/c.json', JSON.stringify(configMap('c')));

    expect(readBundle(folder).map(({ metadata }) => metadata.name)).toEqual(['c', 'deep', 'b']);
  });

  test('links to manifests, as in a mounted ConfigMap, and folders with the name of a manifest', () => {
    file('real/a.txt', Yaml.stringify(configMap('a')));
    symlinkSync(join(folder, 'real', 'a.txt'), join(folder, 'a.yaml'));
    file('b.yaml/c.yaml', Yaml.stringify(configMap('c')));

    expect(readBundle(folder)).toEqual([configMap('a'), configMap('c')]);
  });

  test('a mounted ConfigMap, whose files are links into folders that begin with two dots, once', () => {
    file('..2024_01_01_00_00_00.1/a.yaml', Yaml.stringify(configMap('a')));
    symlinkSync('..2024_01_01_00_00_00.1', join(folder, '..data'));
    symlinkSync(join('..data', 'a.yaml'), join(folder, 'a.yaml'));

    expect(readBundle(folder)).toEqual([configMap('a')]);
  });

  test('a folder that is a link to such a folder', () => {
    file('..1/a.yaml', Yaml.stringify(configMap('a')));
    symlinkSync('..1', join(folder, '..data'));

    expect(readBundle(join(folder, '..data'))).toEqual([configMap('a')]);
  });

  test('a file with two names in a folder once, and a link that leads back to the folder', () => {
    const path = file('a.yaml', Yaml.stringify(configMap('a')));
    symlinkSync(path, join(folder, 'b.yaml'));
    symlinkSync(folder, join(folder, 'again'));

    expect(readBundle(folder)).toEqual([configMap('a')]);
  });

  test('no files of a folder that are not manifests', () => {
    file('a.yaml', Yaml.stringify(configMap('a')));
    file('construct-metadata.json', '{"version":"1.0.0","resources":{}}');
    file('second/construct-metadata.json', '{"version":"1.0.0","resources":{}}');
    file('README.md', 'hello: world\n');
    file('a.yaml.bak', 'hello: world\n');

    expect(readBundle(folder)).toEqual([configMap('a')]);
  });
});

test.each(['my-construct-metadata.json', 'aconstruct-metadata.json', 'construct-metadata.json.yaml'])(
  'readBundle reads %s, which only ends like the file of cdk8s',
  (name) => {
    file('a.yaml', Yaml.stringify(configMap('a')));
    file(name, JSON.stringify(configMap('b')));

    expect(readBundle(folder).map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  },
);

test('readBundle reads an object whose kind ends in List', () => {
  const list = { ...configMap('a'), kind: 'AllowList', spec: { items: [1] } };

  expect(readBundle(file('a.yaml', Yaml.stringify(list)))).toEqual([list]);
});

describe('readManifests', () => {
  test('says in which file and at which line each object is', () => {
    const [a, b] = [Yaml.stringify(configMap('a')), Yaml.stringify(configMap('b'))];
    const first = file('one/first.yaml', `${a}---\n${b}`);
    const second = file('two.yaml', b);

    expect(readManifests([join(folder, 'one'), second])).toEqual([
      { object: configMap('a'), file: first, line: 1 },
      { object: configMap('b'), file: first, line: 6 },
      { object: configMap('b'), file: second, line: 1 },
    ]);
  });

  test('reads a file once that several paths contain', () => {
    const path = file('a.yaml', Yaml.stringify(configMap('a')));

    expect(readManifests([folder, path, folder]).map(({ object }) => object)).toEqual([configMap('a')]);
  });

  test('names all paths if there is no object in any', () => {
    const paths = [file('a.yaml', ''), file('b.yaml', '# nothing')];

    expect(errorOf('ERR_EGGTOOTH_BUNDLE', () => readManifests(paths)).problem).toBe(
      `no Kubernetes objects found: ${paths.join(', ')}`,
    );
  });
});

describe('readBundle rejects', () => {
  const evil = { ...configMap('evil'), kind: 'ClusterRoleBinding' };

  test.each<readonly [string, object]>([
    ['an object with items', { ...configMap('a'), items: [evil] }],
    [
      'an object with items in a List',
      { apiVersion: 'v1', kind: 'List', items: [{ ...configMap('a'), items: [evil] }] },
    ],
    ['an object with one item that is not in a list', { ...configMap('a'), items: evil }],
    ['a List whose items are not a list', { ...configMap('a'), kind: 'List', items: evil }],
    ['an object with items that are null', { ...configMap('a'), items: null }],
  ])('%s', (_, value) => {
    const path = file('a.yaml', Yaml.stringify(value));

    const { problem } = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path));

    expect(problem).toMatch(
      /^(ConfigMap|List) has items but is not a List, and kubectl applies the items of any object: /,
    );
    expect(problem.endsWith(`${path}, line 1`)).toBe(true);
  });

  test.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    ['a name with slashes', { name: 'x/../../y' }, 'metadata.name "x/../../y"'],
    ['an encoded name', { name: 'x%2f..' }, 'metadata.name "x%2f.."'],
    ['a name of dots', { name: '..' }, 'metadata.name ".."'],
    ['a name with an escape sequence', { name: 'x\u001b[2J' }, 'metadata.name "x\\u001b[2J"'],
    ['a name that is a number', { name: 12 }, 'metadata.name 12'],
    ['a namespace with slashes', { name: 'x', namespace: 'a/b' }, 'metadata.namespace "a/b"'],
    ['a namespace that is a map', { name: 'x', namespace: {} }, 'metadata.namespace {}'],
  ])('%s', (_, metadata, says) => {
    const path = file('a.json', JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata }));

    expect(errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path)).problem).toBe(`invalid ${says}: ${path}, line 1`);
  });

  test.each(['v1/../..', 'a/b/v1', 'apps/', 'Apps/v1', 'apps/v1#', 'apps\\v1'])('the apiVersion %j', (apiVersion) => {
    const path = file('a.json', JSON.stringify({ ...configMap('a'), apiVersion }));

    expect(errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path)).problem).toContain('invalid apiVersion "');
  });

  test('a bundle that does not exist', () => {
    const path = join(folder, 'dist');

    const error = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path));

    expect(error.problem).toBe(`no such bundle: ${path}`);
    expect(error.fix).toContain('cdk8s synth');
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  test('a bundle that it cannot read', () => {
    const path = join(file('a.yaml', ''), 'below');

    const error = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path));

    expect(error.problem).toBe(`cannot read the bundle: ${path} (ENOTDIR)`);
  });

  test.each(['', '# nothing\n', '---\n---\n', 'apiVersion: v1\nkind: List\nitems: []\n', 'kind: List\nitems:'])(
    'a bundle without objects: %j',
    (text) => {
      const path = file('empty.yaml', text);

      const error = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path));

      expect(error.problem).toBe(`no Kubernetes objects found: ${path}`);
    },
  );

  test('a folder without manifests', () => {
    const error = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(folder));

    expect(error.problem).toBe(`no Kubernetes objects found: ${folder}`);
  });

  const good = Yaml.stringify(configMap('a'));

  test.each([
    { what: 'an unclosed bracket', text: `${good}---\nrules: [1\n`, says: /at line 7, column 1/ },
    { what: 'a tab', text: `${good}---\nspec:\n\ta: 1\n`, says: /at line 7, column 1/ },
    {
      what: 'a duplicate key',
      text: `${good}---\nspec:\n  a: 1\n  a: 2\n`,
      says: /the key a is given twice in a map at line 8, column 3$/,
    },
    {
      what: 'keys that kubectl makes equal',
      text: `${good}---\nspec:\n  yes: 1\n  "true": 2\n`,
      says: /the key true is given twice in a map at line 8, column 3$/,
    },
    {
      what: 'a duplicate key in JSON',
      text: '{"kind": "A",\n "spec": {"a": 1,\n "a": 2}}',
      says: /the key a is given twice in a map at line 3, column 2$/,
    },
    { what: 'an undefined alias', text: `${good}---\n\nspec: *a\n`, says: /no anchor &a .* at line 7, column 7$/ },
    {
      what: 'aliases that expand exponentially',
      text: `${good}---\n${growing()}`,
      says: /aliases expand to more than kubectl reads at line 9, column \d+$/,
    },
  ])('invalid YAML, with file and line: $what', ({ text, says }) => {
    const path = file('bundle.yaml', text);

    const { problem } = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path));

    expect(problem.startsWith(`invalid YAML: ${path}: `)).toBe(true);
    expect(problem).toMatch(says);
  });

  test.each([
    'hello',
    '- a\n- b',
    '42',
    'hello: world',
    'apiVersion: v1\nkind: ConfigMap',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: null',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: a',
    'apiVersion: 1\nkind: ConfigMap\nmetadata: {}',
    'apiVersion: v1\nmetadata: {}',
    'apiVersion: v1\nkind: List\nitems: [hello]',
    'apiVersion: v1\nkind: List\nitems: {}',
    '- kind: ConfigMap',
  ])('a document that is not an object, with file and line: %j', (text) => {
    const path = file('bundle.yaml', `${good}---\n${text}\n`);

    const error = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path));

    expect(error.problem).toBe(`not a Kubernetes object: ${path}, line 6`);
    expect(error.fix).toBe('give each document an apiVersion, a kind and metadata');
  });

  test.each<readonly [what: string, make: (path: string) => void]>([
    ['a named pipe', (path) => execFileSync('mkfifo', [path])],
    [
      'a link to a named pipe',
      (path) => {
        execFileSync('mkfifo', [join(folder, 'pipe')]);
        symlinkSync(join(folder, 'pipe'), path);
      },
    ],
    ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
  ])('a folder with %s among its manifests, without waiting for it', (_, make) => {
    file('a.yaml', Yaml.stringify(configMap('a')));
    make(join(folder, 'b.yaml'));

    const { message } = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(folder));

    expect(message).toContain(`not a regular file: ${join(folder, 'b.yaml')}\n  fix: take it out of the folder`);
  });

  test('a folder with one bad file, which it names', () => {
    file('a.yaml', good);
    const path = file('nested/b.yaml', 'hello: world\n');

    expect(errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(folder)).problem).toBe(
      `not a Kubernetes object: ${path}, line 1`,
    );
  });
});

/** Small YAML that is a thousand times as large once its aliases are expanded. */
function growing(): string {
  const ten = (name: string) => `[${Array(12).fill(name).join(', ')}]`;
  return `a: &a [1]\nb: &b ${ten('*a')}\nc: &c ${ten('*b')}\nd: ${ten('*c')}\n`;
}
