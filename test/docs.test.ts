import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allRules, Chain } from '../src';
import { check } from '../src/chain/rules/check';
import { readBundle } from '../src/kubernetes/read-bundle';
import { codeBlock } from './support/code-block';

const DOCUMENTS = [
  'README.md',
  'docs/cli.md',
  'docs/library.md',
  'docs/roads.md',
  'docs/rules.md',
  'docs/threat-model.md',
];

describe('the documents', () => {
  test('show what the example of the routes prints', () => {
    const code = codeBlock('docs/library.md', 'routes.js');
    const { stdout } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });

    expect(stdout.trim().split('\n')).toEqual(Array.from(code.matchAll(/^\/\/ (.*)$/gm), ([, line]) => line));
  });

  test.each([
    ['flux.js', 'HelmRelease'],
    ['renewal.js', 'CronJob'],
  ])('show a bundle that synthesizes, and is sound: %s', (name, kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'eggtooth-docs-test-'));
    const env = { ...process.env, CDK8S_OUTDIR: folder };
    const { stderr } = spawnSync(process.execPath, ['-e', codeBlock('docs/library.md', name)], {
      encoding: 'utf8',
      env,
    });

    expect(stderr).toBe('');
    const objects = readBundle(folder);
    expect(objects.map((object) => object.kind)).toContain(kind);
    expect(check(Chain.fromObjects(objects))).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('list every rule once, in order and with its severity', () => {
    const rows = readFileSync('docs/rules.md', 'utf8').matchAll(/^\| `([a-z-]+)` \| (\w+) \|/gm);

    expect(Array.from(rows, ([, id, severity]) => ({ id, severity }))).toEqual(
      allRules.map(({ id, severity }) => ({ id, severity })),
    );
  });

  test('show the contract of issue -o json as valid JSON', () => {
    expect(JSON.parse(codeBlock('docs/cli.md', 'issue'))).toMatchObject({
      user: 'flux-assets-reader',
      unchanged: false,
    });
  });

  test.each(['request', 'status'])('show the contract of %s -o json as valid JSON', (name) => {
    expect(() => JSON.parse(codeBlock('docs/cli.md', name))).not.toThrow();
  });

  test('show the contracts of migrate -o json as valid JSON', () => {
    expect(Object.keys(JSON.parse(codeBlock('docs/cli.md', 'migrate')))).toEqual([
      'objects',
      'sources',
      'toRemove',
      'kept',
    ]);
    expect(Object.keys(JSON.parse(codeBlock('docs/cli.md', 'clean-up')))).toEqual([
      'removed',
      'kept',
      'checks',
      'unchanged',
    ]);
  });

  test.each(DOCUMENTS)('%s links only to what is there', (document) => {
    const links = readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g);
    for (const [, target = ''] of links) expect(existsSync(join(dirname(document), target)), target).toBe(true);
  });
});
