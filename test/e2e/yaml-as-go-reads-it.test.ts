import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { misreadErrors } from '../../src/constructs/misread-texts';
import { splitDocuments } from '../../src/kubernetes/manifest-stream';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { printYaml } from '../../src/kubernetes/yaml/print-yaml';
import { readYaml } from '../../src/kubernetes/yaml/read-yaml';
import { YamlFault } from '../../src/kubernetes/yaml/yaml-fault';
import { ensurePrograms } from '../../tools/control-plane';
import { Generator } from '../support/yaml/generate';
import { Random } from '../support/yaml/random';

const root = join(__dirname, '../..');
/** The same documents in each run, unless SEED is set. */
const seed = Number(process.env.SEED ?? 12);
const DOCUMENTS = 6000;
const TEXTS = 4000;

let programs: Readonly<Record<'kubectl' | 'yaml-to-json', string>>;
let folder: string;
beforeAll(async () => {
  programs = await ensurePrograms(['kubectl', 'yaml-to-json']);
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-yaml-test-'));
  console.info(`documents of seed ${seed}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Reading {
  readonly value?: unknown;
  readonly error?: string;
}

/** What sigs.k8s.io/yaml reads. */
function readByGo(documents: readonly string[]): readonly Reading[] {
  const input = documents.map((document) => `${Buffer.from(document).toString('base64')}\n`).join('');
  const output = execFileSync(programs['yaml-to-json'], { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
  // JSON has no -0, but Go prints it.
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line, (_, value) => (value === 0 ? 0 : value)));
}

function readByUs(document: string): Reading {
  try {
    return { value: readYaml(document) };
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    return { error: error.reason };
  }
}

/** What Go reads, but we refuse, and why. */
const WE_REFUSE: readonly RegExp[] = [
  // Go takes the last one in silence, and does not look at what is in the one before.
  /is given twice in a map|a key of a map is null|too large a number/,
  // Half of a character, which Go replaces.
  /the character U\+D[89A-F]/,
  // Go keeps all digits of an int64, but JavaScript does not.
  /has more digits than can be kept/,
  // Go replaces what is no UTF-8 in JSON.
  /the !!binary value is no text/,
  /the tag !!timestamp is not supported/,
  // A block scalar that is a whole document may have no indentation in YAML 1.2.
  /the document is a text/,
  // Go ignores the rest of the text in silence.
  /kubectl ignores what follows/,
  /^Unexpected (scalar|[a-z-]+) at node end|^Unexpected (scalar|[a-z-]+) token|Comments must be separated/,
  // YAML 1.1 divides these texts in another way than 1.2.
  /within \[\] or \{\}|remove the spaces|an anchor needs a name/,
  // YAML 1.2 demands more indentation, and no dash alone in flow collections.
  /Block scalars with more-indented leading|Not a YAML token|Tags and anchors must be separated|tag has no suffix/,
  /must be sufficiently indented|Missing closing|Block collections are not allowed|need to be on a single line|Implicit keys/,
];

/** What Go refuses and we read as YAML 1.2, and why kubectl would not be given it. */
const GO_REFUSES: readonly RegExp[] = [
  // A tab between a dash and its value, or in an empty line.
  /found character that cannot start any token|found a tab character/,
  // In flow collections, YAML 1.2 allows : and ? within a value, and keys without a space after their colon.
  /did not find expected (',' or|node content|whitespace or line break|key)/,
  /mapping values are not allowed in this context/,
];

test(`${DOCUMENTS} generated documents have the values that Go reads`, () => {
  const generator = new Generator(seed);
  const documents = Array.from({ length: DOCUMENTS }, () => generator.document().replace(/[^\n]$/, '$&\n'));
  const byGo = readByGo(documents);
  let read = 0;
  const differences = documents.flatMap((document, index) => {
    const [go, ours] = [byGo[index] ?? {}, readByUs(document)];
    if (go.error === undefined && ours.error === undefined) {
      read++;
      return areEqual(go.value, ours.value) ? [] : [{ document, go: go.value, ours: ours.value }];
    }
    if (go.error !== undefined && ours.error !== undefined) return [];
    const listed = go.error === undefined ? WE_REFUSE : GO_REFUSES;
    const isListed = listed.some((reason) => reason.test(go.error ?? ours.error ?? ''));
    return isListed ? [] : [{ document, go, ours }];
  });

  expect(differences, `SEED=${seed}`).toEqual([]);
  expect(read).toBeGreaterThan(2000);
});

/** Compared as JSON with sorted keys, because Go sorts them. */
function areEqual(one: unknown, other: unknown): boolean {
  return sortedJson(one) === sortedJson(other);
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, field) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([one], [other]) => (one < other ? -1 : 1)))
      : field,
  );
}

test('every YAML file of the repository has the values that Go reads', () => {
  const files = ['test', 'examples', 'docs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const documents = files
    .filter((name) => /\.ya?ml$/.test(name) && !name.includes('node_modules'))
    .flatMap((name) => [...splitDocuments(readFileSync(join(root, name), 'utf8'))]);
  const byGo = readByGo(documents.map(({ text }) => text));

  expect(documents.length).toBeGreaterThan(100);
  expect(documents.map((document) => sortedJson(document.read()))).toEqual(byGo.map(({ value }) => sortedJson(value)));
});

/** Texts of which YAML without quotes makes something else, and texts that look like it. */
function texts(): readonly string[] {
  const random = new Random(seed);
  const characters = [
    ...'ab017_.-+exonyNOB:  #,"\'\\\t\né?!&*{}[]|>%@`=~<\u0085\u2028\ufeff\u007f\u0001\r🎉',
    '---',
    '...',
    '0o',
    '0x',
    'null',
  ];
  return Array.from({ length: TEXTS }, () => random.text(characters, random.below(7)));
}

test(`Go reads ${TEXTS} texts as they are from what printYaml prints`, () => {
  const values = texts().map((text) => ({ value: text, [text]: [text, { a: text }] }));

  expect(readByGo(values.map(printYaml))).toEqual(values.map((value) => ({ value })));
});

test(`Go reads ${TEXTS} texts as they are from what cdk8s writes, if no error is reported for them`, () => {
  const metadata = { name: 'a' };
  const objects = texts()
    .map((text) => ({ apiVersion: 'v1', kind: 'A', metadata, value: text, map: { [text]: [text, { a: text }] } }))
    .filter((object) => misreadErrors(object).length === 0);

  expect(objects.length).toBeGreaterThan(TEXTS / 4);
  expect(readByGo(objects.map((object) => Yaml.stringify(object)))).toEqual(objects.map((value) => ({ value })));
});

describe('a file has the objects that kubectl reads', () => {
  const json = (name: string) => `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "${name}"}, "x": 1e3}`;
  const yaml = (name: string, rest = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;
  const roles = `{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleList", "items": [{"metadata": {"name": "a"}}]}`;

  test.each<readonly [string, string | Buffer]>([
    ['JSON after JSON', `${json('a')}${json('b')}\n${json('c')}`],
    ['JSON and YAML', `${json('a')}\n---\n${yaml('b')}---\n${json('c')}\n`],
    ['JSON before YAML without a line between', `${json('a')}\n${yaml('b')}`],
    ['comments and empty documents', `# a\n---\n---\n# b\n${yaml('a')}--- # c\n---\n${yaml('b')}---\n# end\n`],
    ['CR LF', `${yaml('a', 'data:\n  x: |\n    y\n    z\n')}---\n${yaml('b')}`.replaceAll('\n', '\r\n')],
    ['a literal at the end without a line break', yaml('a', 'data:\n  x: |\n    y')],
    ['UTF-16 LE', Buffer.from(`\ufeff${yaml('a', 'data: {x: é}\n')}`, 'utf16le')],
    ['UTF-16 BE', Buffer.from(`\ufeff${yaml('a', 'data: {x: é}\n')}`, 'utf16le').swap16()],
    ['UTF-8 with a mark', `\ufeff${yaml('a')}`],
    ['a typed list', roles],
    ['a list of another kind', `apiVersion: v1\nkind: Things\nitems:\n- ${json('a')}\n`],
    ['an empty list', `apiVersion: v1\nkind: List\nitems: null\n---\n${yaml('a')}`],
    ['values that only Go reads so', yaml('a', 'x: [0400, 0o17, no, 1_000, 1:30, 2001-01-01, 0b1]\nn: {y: n}\n')],
    ['a merge', yaml('a', 'x: &x {a: 1, b: 2}\ny: {a: 3, <<: *x, b: 4}\n')],
  ])('%s', (_, content) => {
    const path = join(folder, 'a.yaml');
    writeFileSync(path, content);
    const printed = execFileSync(programs.kubectl, ['label', '--local', '-f', path, '-o', 'json', 'read=yes'], {
      encoding: 'utf8',
    });
    const expected = printed
      .split(/(?<=^\})\n/m)
      .filter(Boolean)
      .map((text) => JSON.parse(text));

    const labeled = readBundle(path).map((object) => ({
      ...object,
      metadata: { ...object.metadata, labels: { read: 'yes' } },
    }));
    expect(expected.length).toBeGreaterThan(0);
    expect(labeled).toEqual(expected);
  });

  test.each<readonly [string, string]>([
    ['text after ---', `--- ${json('a')}\n`],
    ['a directive', `%YAML 1.1\n---\n${yaml('a')}`],
    ['something else after JSON objects', `${json('a')}${json('b')}\n---\n${json('c')}`],
    ['a number for a name', yaml('1')],
    ['an infinite number', yaml('a', 'x: .inf\n')],
    [
      'a bomb of aliases',
      `${yaml('a')}${Array.from({ length: 30 }, (_, index) => `x${index + 1}: &x${index + 1} [${index === 0 ? '1, 1' : `*x${index}, *x${index}`}]\n`).join('')}`,
    ],
  ])('both refuse %s', (_, content) => {
    const path = join(folder, 'b.yaml');
    writeFileSync(path, content);

    expect(() =>
      execFileSync(programs.kubectl, ['label', '--local', '-f', path, '-o', 'json', 'read=yes'], { stdio: 'pipe' }),
    ).toThrow('error: ');
    expect(() => readBundle(path)).toThrow(/not a Kubernetes object|invalid/);
  });
});
