import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBundle, readManifests } from '../../src/kubernetes/read-bundle';
import { errorOf } from '../support/errors';

// That kubectl reads these files in the same way is tested with kubectl in test/e2e/yaml-as-go-reads-it.test.ts.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-stream-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(content: string | Buffer): string {
  const path = join(folder, 'a.yaml');
  writeFileSync(path, content);
  return path;
}

/** The names of the objects in a text. */
function names(content: string | Buffer): (string | undefined)[] {
  return readBundle(file(content)).map(({ metadata }) => metadata.name);
}

function problemOf(content: string | Buffer): string {
  return errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(file(content))).problem.replaceAll(
    join(folder, 'a.yaml'),
    'FILE',
  );
}

const json = (name: string) => `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "${name}"}}`;
const yaml = (name: string, rest = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;

describe('a file may be', () => {
  test.each<readonly [string, string]>([
    ['JSON objects one after the other', json('a') + json('b') + json('c')],
    ['one JSON object a line', `${json('a')}\n${json('b')}\n\n${json('c')}\n`],
    [
      'indented JSON objects',
      [json('a'), json('b'), json('c')].map((text) => JSON.stringify(JSON.parse(text), null, 2)).join('\n'),
    ],
    ['JSON with lines of --- between', `${json('a')}\n---\n${json('b')}\n---\n${json('c')}\n`],
    ['JSON before YAML', `${json('a')}\n---\n${yaml('b')}---\n${json('c')}`],
    ['JSON in YAML', `# first\n${json('a')}\n---\n${json('b')}\n---\n${yaml('c')}`],
    [
      'empty documents and comments between',
      `---\n# c\n---\n${yaml('a')}--- # c\n${yaml('b')}---\t\n---\n${yaml('c')}---\n`,
    ],
    ['lines that end in CR LF', `${yaml('a')}---\n${yaml('b')}---\n${yaml('c')}`.replaceAll('\n', '\r\n')],
    ['documents that end with ...', `${yaml('a')}...\n---\n${yaml('b')}...\n---\n${yaml('c')}`],
    [
      '--- in the middle of a line',
      `${yaml('a', 'data:\n  x: a---\n')}---\n${yaml('b', 'data:\n  x: |\n    ---\n')}---\n${yaml('c')}`,
    ],
  ])('%s', (_, text) => {
    expect(names(text)).toEqual(['a', 'b', 'c']);
  });

  test.each<readonly [string, Buffer]>([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${yaml('é')}`)],
    ['UTF-16 LE', Buffer.from(`\ufeff${yaml('é')}`, 'utf16le')],
    ['UTF-16 BE', Buffer.from(`\ufeff${yaml('é')}`, 'utf16le').swap16()],
    ['JSON in UTF-16', Buffer.from(`\ufeff${json('é')}`, 'utf16le')],
  ])('%s', (_, bytes) => {
    expect(names(bytes)).toEqual(['é']);
  });
});

test('the lines of objects are those of their documents, in YAML and in JSON', () => {
  const linesOf = (content: string) => readManifests([file(content)]).map(({ line }) => line);

  expect(linesOf(`# c\n---\n\n${yaml('a')}---\n# c\n${yaml('b')}`)).toEqual([4, 10]);
  expect(linesOf(`${json('a')}\n\n${json('b')}${json('c')}`)).toEqual([1, 3, 3]);
});

describe('the items of a list', () => {
  test('have apiVersion and kind of a typed list, as kubectl get prints it', () => {
    const items = [{ metadata: { name: 'a' } }, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' } }];
    const list = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleList', metadata: {}, items };

    expect(readBundle(file(JSON.stringify(list)))).toEqual([
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'a' } },
      items[1],
    ]);
  });

  test('count for any kind of object that has nothing else', () => {
    expect(names(`apiVersion: v1\nkind: Anything\nitems:\n- ${json('a')}\n- ${json('b')}\n`)).toEqual(['a', 'b']);
  });

  test('may be null, which is no item', () => {
    expect(names(`apiVersion: v1\nkind: List\nitems:\n---\n${yaml('a')}`)).toEqual(['a']);
  });
});

describe('a file is refused', () => {
  test.each<readonly [string, string, string]>([
    [
      'with text after ---',
      `${yaml('a')}--- ${json('b')}\n`,
      'invalid YAML: FILE: text after ---, which kubectl refuses',
    ],
    [
      'with four dashes',
      `${yaml('a')}----\n${yaml('b')}`,
      'invalid YAML: FILE: text after ---, which kubectl refuses: -;',
    ],
    [
      'with something else after JSON',
      `${json('a')}${json('b')}\nx`,
      'invalid YAML: FILE: invalid JSON after several JSON documents at line 2',
    ],
    [
      'with a number in JSON that is too large',
      json('a').replace('"a"', '1e400'),
      'invalid YAML: FILE: a number is too large',
    ],
    [
      'with a number in JSON that loses digits',
      json('a').replace('"a"', '9007199254740993'),
      'invalid YAML: FILE: the number 9007199254740993 has more digits',
    ],
    [
      'with deep JSON',
      `{"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      'invalid YAML: FILE: maps and lists are nested too deeply',
    ],
  ])('%s', (_, text, says) => {
    expect(problemOf(text)).toContain(says);
  });

  test.each<readonly [string, Buffer, string]>([
    [
      'that is no UTF-8',
      Buffer.concat([Buffer.from('a: 1\nb: '), Buffer.from([0xe9, 0x0a])]),
      'not a text in UTF-8: FILE, line 2',
    ],
    [
      'in UTF-16 that ends in the middle',
      Buffer.from(`\ufeff${yaml('a')}`, 'utf16le').subarray(0, -1),
      'not a text in UTF-16LE: FILE',
    ],
    ['in UTF-16 without a mark', Buffer.from(yaml('a'), 'utf16le'), 'the character U+0000 is not allowed'],
  ])('%s', (_, bytes, says) => {
    expect(problemOf(bytes)).toContain(says);
  });
});

describe('two objects in one document are named', () => {
  test.each<readonly [string, string, string]>([
    ['of two files', yaml('a') + yaml('b'), 'FILE: apiVersion again at line 5, column 1'],
    [
      'of which the second begins with its kind',
      `${yaml('a')}kind: Role\napiVersion: v1\n`,
      'FILE: kind again at line 5, column 1',
    ],
    ['with a comment between', `${yaml('a')}# two\n${yaml('b')}`, 'FILE: apiVersion again at line 6, column 1'],
    ['that share a line', yaml('a').trimEnd() + yaml('b'), 'FILE: apiVersion again at line 4'],
    ['that share a line in a list', `${yaml('a', 'data:\n- x')}${yaml('b')}`, 'FILE: kind again at line 7, column 1'],
  ])('%s', (_, text, says) => {
    const path = file(text);
    const { problem, fix } = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(path));

    expect(problem.replaceAll(path, 'FILE')).toContain(`two objects in one document: ${says}`);
    expect(fix).toContain('write a line with --- between the objects');
  });
});

describe('a file that was cut is named', () => {
  const long = `${yaml('a')}data:\n${Array.from({ length: 4000 }, (_, index) => `  key${index}: value\n`).join('')}`;

  test.each<readonly [string, string]>([
    ['in a key', `${yaml('a')}---\napiVersion: v1\nkind: Secret\nmetad`],
    ['before metadata', `${yaml('a')}---\napiVersion: v1\nkind: Sec`],
    ['in metadata', `${yaml('a')}---\napiVersion: v1\nkind: Secret\nmetadata:\n  na`],
    ['in a quoted value', `${yaml('a')}---\n${yaml('b', 'data:\n  x: "abc')}`],
    ['in a flow collection', `${yaml('a')}---\n${yaml('b', 'data: {x: [1,\n')}`],
    ['in JSON', `${json('a')}\n${json('b').slice(0, 40)}`],
    ['in a value, at the size of a pipe', long.slice(0, 65_533)],
  ])('%s', (_, text) => {
    const { problem, fix } = errorOf('ERR_EGGTOOTH_BUNDLE', () => readBundle(file(text)));

    expect(problem).toMatch(/the file ends in the middle of a document|ends in the middle of a line/);
    expect(fix).toContain('`cdk8s synth --stdout` cuts off large output');
  });

  test('but not a short file without a line break at its end, nor a large one in JSON', () => {
    expect(names(yaml('a').trimEnd())).toEqual(['a']);
    expect(names(json('a').replace('}}', `, "labels": {"a": "${'x'.repeat(70_000)}"}}}`))).toEqual(['a']);
  });
});

describe('readManifests without the specs of CRDs', () => {
  const crd = (name: string, rest = '') =>
    `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: ${name}\n${rest}`;
  const spec = 'spec:\n  group: x\n  # comment\n# far left\n  names:\n    kind: X\n';

  const read = (text: string) => readManifests([file(text)], { crdSpecs: false }).map(({ object }) => object);

  test('reads what identifies a CRD, and all of every other object', () => {
    const text = `# c\n---\n${crd('a', `${spec}status:\n  x: 1\n`)}---\n${yaml('b', 'spec: {a: 1}\n')}---\n${crd('c', spec)}`;
    const head = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

    expect(read(text)).toEqual([
      { ...head, metadata: { name: 'a' }, status: { x: 1 } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, spec: { a: 1 } },
      { ...head, metadata: { name: 'c' } },
    ]);
    expect(readManifests([file(text)], { crdSpecs: false }).map(({ line }) => line)).toEqual(
      readManifests([file(text)]).map(({ line }) => line),
    );
  });

  test.each<readonly [string, string]>([
    ['in JSON', JSON.stringify({ ...JSON.parse(json('a')), kind: 'CustomResourceDefinition', spec: { group: 'x' } })],
    ['whose kind is given twice', `${crd('a', spec)}kind: ConfigMap\n`],
    ['that is merged', `${crd('a', spec)}<<: {kind: ConfigMap}\n`],
    ['with quotes', crd('a', spec).replace('CustomResourceDefinition', '"CustomResourceDefinition"')],
    ['with a spec on one line', crd('a', 'spec: {group: x}\n')],
    [
      'of which another text only speaks',
      yaml('a', `data:\n  x: |\n    ${crd('b', spec).replaceAll('\n', '\n    ')}\n`),
    ],
    ['that uses an anchor of its spec', `${crd('a', 'spec: &x\n  group: x\n')}status: *x\n`],
  ])('reads a document as a whole that may be something else than a CRD: %s', (_, text) => {
    const whole = () => readManifests([file(text)]).map(({ object }) => object);
    let expected: unknown;
    try {
      expected = whole();
    } catch (error) {
      expect(() => read(text)).toThrow((error as Error).message);
      return;
    }
    expect(read(text)).toEqual(expected);
  });
});
