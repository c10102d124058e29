import { ApiObject, App, Lazy } from 'cdk8s';
import { expect, test } from 'vitest';
import { ApiServer } from '../../src/chain/api-server';
import { BootstrapBundle } from '../../src/constructs/bundle/bootstrap-bundle';

/** The text of a bundle with a ConfigMap that has some fields. */
function synthWith(fields: object): string {
  const app = new App();
  const bundle = new BootstrapBundle(app, 'bundle', {
    apiServer: ApiServer.fromUrl('https://example.org:6443'),
    namespace: 'platform',
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [{ name: 'charts', path: '/charts' }],
  });
  new ApiObject(bundle, 'own', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'b' },
    ...fields,
  });
  return app.synthYaml();
}

test.each<readonly [what: string, fields: object, says: string]>([
  [
    'an octal number of YAML 1.2',
    { data: { mode: '0o17' } },
    'data.mode: cdk8s writes "0o17" so that kubectl reads 15',
  ],
  ['a prefix in upper case', { data: { mode: '0B1' } }, 'data.mode: cdk8s writes "0B1" so that kubectl reads 1'],
  ['a number after an underscore', { data: { x: '-_7' } }, 'data.x: cdk8s writes "-_7" so that kubectl reads -7'],
  [
    'such a text in a list',
    { data: { list: [{ a: '0Xff' }] } },
    'data.list[0].a: cdk8s writes "0Xff" so that kubectl reads 255',
  ],
  [
    'such a text as a key',
    { data: { '0o17': 'a' } },
    'data.0o17 (the key): cdk8s writes "0o17" so that kubectl reads 15',
  ],
  [
    'such a text in an annotation',
    { metadata: { name: 'a', namespace: 'b', annotations: { a: '0O7' } } },
    'metadata.annotations.a: cdk8s writes "0O7" so that kubectl reads 7',
  ],
  [
    'such a text that is lazy',
    { data: { a: Lazy.any({ produce: () => '0o17' }) } },
    'data.a: cdk8s writes "0o17" so that kubectl reads 15',
  ],
  ['a merge key', { data: { '<<': { a: '1' } } }, 'data.<<: cdk8s writes the key << so that kubectl merges its value'],
  [
    'a line separator',
    { data: { a: 'x\u2028y' } },
    'data.a: cdk8s writes "x\\u{2028}y" so that kubectl refuses it or reads a line break',
  ],
  [
    'lines of spaces',
    { data: { a: '  \n' } },
    'data.a: cdk8s writes "  \\n" so that kubectl refuses it or reads other white space',
  ],
  [
    'a tab at the beginning of lines',
    { data: { a: '\tx\n' } },
    'data.a: cdk8s writes "\\tx\\n" so that kubectl refuses it',
  ],
  ['no number', { data: { a: Number.NaN } }, 'data.a: cdk8s writes NaN, which kubectl refuses'],
])('synth fails on %s, which kubectl would read as something else', (_, fields, says) => {
  expect(() => synthWith(fields)).toThrow(says);
  expect(() => synthWith(fields)).toThrow('ConfigMap b/a ');
  expect(() => synthWith(fields)).toThrow('; fix: write the value in another way');
});

test('synth takes what cdk8s puts in quotes', () => {
  const data = {
    a: '0644',
    b: 'no',
    c: '1e3',
    d: '',
    e: 'null',
    f: '~',
    g: '1_000',
    h: '.inf',
    i: '<<',
    j: '- a',
    k: '2001-01-01',
    n: 'y',
  };

  expect(() => synthWith({ data })).not.toThrow();
});
