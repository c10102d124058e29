import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf, readImports } from './support/house/imports';
import { roomOf, rooms, roomsBelow } from './support/house/rooms';
import { violations } from './support/house/violations';

const imports = readImports('src');

describe('src/', () => {
  test('keeps the rules of the house', () => {
    expect(violations(imports)).toEqual([]);
  });
});

describe('the table of rooms', () => {
  test('keeps the constructs away from everything that talks to a cluster', () => {
    expect([...roomsBelow('index')].sort()).toEqual(
      ['chain', 'constructs', 'errors', 'index', 'kubernetes', 'pki', 'rights'].sort(),
    );
  });

  test('lets nothing import the command line', () => {
    for (const room of Object.keys(rooms)) if (room !== 'cli') expect([...roomsBelow(room)]).not.toContain('cli');
  });
});

describe('the picture of the house in ARCHITECTURE.md', () => {
  const [, picture = ''] =
    /^```mermaid\nflowchart TD\n([\s\S]*?)^```$/m.exec(readFileSync('ARCHITECTURE.md', 'utf8')) ?? [];
  const shown = picture.trim().split(/\n\s*/);
  const edges = Object.entries(rooms).flatMap(([room, below]) => below.map((one) => [room, one] as const));

  test('shows only edges of the table', () => {
    expect(edges.map((edge) => edge.join(' --> '))).toEqual(expect.arrayContaining(shown));
  });

  test('shows every edge between rooms that are built', () => {
    const built = new Set([...imports.keys()].map(roomOf));
    const needed = edges.filter((edge) => edge.every((room) => built.has(room)));

    expect(shown).toEqual(expect.arrayContaining(needed.map((edge) => edge.join(' --> '))));
  });
});

describe('the check of the house', () => {
  /** What it says about files with these texts. */
  function check(texts: Readonly<Record<string, string>>): readonly string[] {
    const files = Object.keys(texts);
    return violations(new Map(files.map((file) => [file, importsOf(file, texts[file] ?? '', files)])));
  }

  test('accepts imports that go down the house', () => {
    expect(
      check({
        'src/index.ts': "export { FluxAio } from './constructs/flux-aio';",
        'src/constructs/flux-aio.ts':
          "import { readFileSync } from 'node:fs';\nimport { Chain } from '../chain/chain';",
        'src/chain/chain.ts': "import type { KubeObject } from '../kubernetes/kube-object';",
        'src/kubernetes/kube-object.ts': "import type { Metadata } from '../../imports/metadata';",
        'src/cli/chain.ts': "import { up } from '../up';",
        'src/up/index.ts': "const { issue } = await import('../signing');",
        'src/signing/index.ts': '',
      }),
    ).toEqual([]);
  });

  test.each([
    ['a static import', "import { up } from '../up/up';"],
    ['a type import', "import type { UpOptions } from '../up/up';"],
    ['an import of types alone', "import { type UpOptions } from '../up/up';"],
    ['a type that is imported where it is used', "export type Options = import('../up/up').UpOptions;"],
    ['a dynamic import', "export const up = async () => (await import('../up/up.js')).up;"],
    ['an export', "export { up } from '../up/up';"],
  ])('reports %s that goes up the house', (_, text) => {
    expect(check({ 'src/signing/issue.ts': text, 'src/up/up.ts': '' })).toEqual([
      'src/signing/issue.ts imports src/up/up.ts: not below signing',
    ]);
  });

  test('reports a room that is not in the table, and a file outside of src/', () => {
    expect(check({ 'src/shed/spade.ts': "import './rake';", 'src/shed/rake.ts': '' })).toEqual([
      'src/shed/spade.ts: room shed is not in test/support/house/rooms.ts',
    ]);
    expect(check({ 'src/chain/chain.ts': "import { version } from '../../package.json';" })).toEqual([
      'src/chain/chain.ts imports ./package.json: not below chain',
    ]);
  });

  test('reports a circle once, by a shortest path, and counts its files', () => {
    expect(
      check({
        'src/chain/a.ts': "import './b';",
        'src/chain/b.ts': "import type { C } from './c';\nimport './d';",
        'src/chain/c.ts': "import './a';",
        'src/chain/d.ts': "import './c';",
        'src/chain/e.ts': "import './a';",
      }),
    ).toEqual(['circle of 4 files: src/chain/a.ts -> src/chain/b.ts -> src/chain/c.ts -> src/chain/a.ts']);
  });

  test('reports I/O of a pure room, be it through another room', () => {
    expect(
      check({
        'src/chain/chain.ts': "import { read } from '../kubernetes/read';\nimport { createHash } from 'node:crypto';",
        'src/kubernetes/read.ts': "import { readFileSync } from 'node:fs';",
      }),
    ).toEqual(['chain does I/O: src/chain/chain.ts -> src/kubernetes/read.ts -> node:fs']);
    expect(
      check({
        'src/chain/chain.ts': "import type { Read } from '../kubernetes/read';",
        'src/kubernetes/read.ts': "import { readFileSync } from 'node:fs';",
      }),
    ).toEqual([]);
  });

  test('reports a package that the public entry would load', () => {
    const files = {
      'src/index.ts': "export { createRequest } from './pki/create-request';",
      'src/pki/create-request.ts': "import 'reflect-metadata';",
    };
    expect(check(files)).toEqual([
      'src/index.ts loads reflect-metadata: src/index.ts -> src/pki/create-request.ts -> reflect-metadata',
    ]);
    expect(check({ ...files, 'src/index.ts': "export type { Key } from './pki/create-request';" })).toEqual([]);
    expect(check({ ...files, 'src/index.ts': "export const key = import('./pki/create-request.js');" })).toEqual([]);
  });

  test('reports a basename that two files share, unless it is an index, a command or a rule', () => {
    expect(
      check({
        'src/chain/plan.ts': '',
        'src/signing/plan.ts': '',
        'src/cli/plan.ts': '',
        'src/chain/rules/plan.ts': '',
        'src/up/index.ts': '',
        'src/signing/index.ts': '',
      }),
    ).toEqual(['one basename: src/chain/plan.ts, src/signing/plan.ts']);
  });

  test('reports an export of everything', () => {
    expect(check({ 'src/index.ts': "export * from './errors';", 'src/errors.ts': '' })).toEqual([
      'src/index.ts: export * from src/errors.ts',
    ]);
  });
});

test('only one file of the command line writes to the terminal, where control characters are removed', () => {
  const files = readdirSync('src/cli').filter((name) =>
    /process\.std(out|err)\.write|console\./.test(readFileSync(join('src/cli', name), 'utf8')),
  );

  expect(files).toEqual(['streams.ts']);
});

test('only one file of src prints YAML with the library, so that Go reads what is printed as the same values', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => {
      const [, imported = ''] = /import \{([^}]*)\} from 'yaml'/.exec(readFileSync(join('src', name), 'utf8')) ?? [];
      return imported.split(',').some((one) => ['stringify', 'Document'].includes(one.trim()));
    });

  expect(files).toEqual([join('kubernetes', 'yaml', 'print-yaml.ts')]);
});
