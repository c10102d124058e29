import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allRules, Chain } from '../src';
import { check } from '../src/chain/rules/check';
import { loadCommands } from '../src/cli/load-commands';
import { commandNames } from '../src/cli/program';
import { readBundle } from '../src/kubernetes/read-bundle';
import { kubernetesVersions, standardKubernetes } from '../tools/control-plane/kubernetes-versions';
import { codeBlock } from './support/code-block';

const DOCUMENTS = ['.', 'docs'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
);

/** The guides of the first hour. */
const GUIDES = [
  'README.md',
  ...['api-server-url', 'charts-image', 'git', 'offline-signing', 'renewal', 'take-down'].map(
    (name) => `docs/${name}.md`,
  ),
];

/** The blocks of commands in the guides that no test runs, with the reason. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'README.md install':
    'a test has no registry: the project package installs the tarball and its peers, e2e/readme their names',
  'docs/renewal.md build.sh':
    'a test has no Docker: image.sh makes the same image, as the test of the Containerfile checks',
};

/** The texts of all tests. */
const TESTS = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join('test', file), 'utf8'));

/** The anchors that GitHub makes of the headings of a document. */
function headingsOf(document: string): readonly string[] {
  const headings = readFileSync(document, 'utf8').matchAll(/^#+ (.*)$/gm);
  return Array.from(headings, ([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documents', () => {
  test('show what the example of the routes prints', () => {
    const code = codeBlock('docs/library.md', 'routes.js');
    const { stdout } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });

    expect(stdout.trim().split('\n')).toEqual(Array.from(code.matchAll(/^\/\/ (.*)$/gm), ([, line]) => line));
  });

  test.each([
    ['docs/library.md', 'flux.js', 'HelmRelease'],
    ['docs/renewal.md', 'renewal.js', 'CronJob'],
    ['docs/renewal.md', 'first-certificate.js', 'Job'],
    ['docs/chart-sources.md', 'upstream.js', 'OCIRepository'],
  ])('show a bundle that synthesizes, and is sound: %s, %s', (document, name, kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'eggtooth-docs-test-'));
    const env = { ...process.env, CDK8S_OUTDIR: folder };
    const { stderr } = spawnSync(process.execPath, ['-e', codeBlock(document, name)], {
      encoding: 'utf8',
      env,
    });

    expect(stderr).toBe('');
    const objects = readBundle(folder);
    expect(objects.map((object) => object.kind)).toContain(kind);
    expect(check(Chain.fromObjects(objects))).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('build the image that the Containerfile describes: of a base by digest, for a user that is not root', () => {
    const [file, script] = [readFileSync('Containerfile', 'utf8'), codeBlock('docs/renewal.md', 'image.sh')];
    const [, base = ''] = /^ARG BASE=(.*)$/m.exec(file) ?? [];
    const [, user = ''] = /^USER (.*)$/m.exec(file) ?? [];
    const [, entrypoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(file) ?? [];

    expect(file).toMatch(/^ARG DIGEST\nFROM \$\{BASE\}@\$\{DIGEST\}\nCOPY lib\/run-command\.js \/eggtooth\.js$/m);
    expect(script).toContain(`BASE="${base}@$(crane digest ${base}:nonroot)"`);
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(script).toContain(`--entrypoint=${JSON.parse(entrypoint).join(',')} --user=${user} `);
  });

  test('show a rule of your own that fails the synth with the finding that they show', () => {
    const code = codeBlock('docs/rules.md', 'own-rule.js');
    const { stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    const [, finding = ''] = /^\/\/ (.*)$/m.exec(code) ?? [];

    expect(stderr).toContain(finding);
  });

  test('list every rule once, in order and with its severity', () => {
    const rows = readFileSync('docs/rules.md', 'utf8').matchAll(/^\| `([a-z-]+)` \| (\w+) \|/gm);

    expect(Array.from(rows, ([, id, severity]) => ({ id, severity }))).toEqual(
      allRules.map(({ id, severity }) => ({ id, severity })),
    );
  });

  test('state that no test failed on any version of Kubernetes that was tested', () => {
    const rows = readFileSync('docs/compatibility.md', 'utf8').matchAll(/^\| (v[\d.]+) \| (\d+) \| (\d+) \|/gm);
    const found = Array.from(rows, ([, version = '', passed, failed]) => ({
      version,
      some: Number(passed) > 0,
      failed,
    }));
    const versions = found.map(({ version }) => version);

    expect(found).toEqual(versions.map((version) => ({ version, some: true, failed: '0' })));
    expect(versions).toContain(kubernetesVersions[standardKubernetes]);
    expect(Object.values(kubernetesVersions)).toEqual(expect.arrayContaining(versions));
  });

  test('name every command in the table of the README', () => {
    const rows = readFileSync('README.md', 'utf8').matchAll(/^\| `([a-z]+)` \|/gm);

    expect(Array.from(rows, ([, name]) => name).sort()).toEqual([...commandNames].sort());
  });

  test.each(commandNames)('describe %s and all its flags', async (name) => {
    const reference = readFileSync('docs/cli.md', 'utf8');
    const command = (await loadCommands([name])).get(name);

    expect(reference).toMatch(new RegExp(`^## (.*, )?${name}(,.*)?$`, 'm'));
    for (const { short, long } of command?.options ?? []) expect(reference).toContain(short ?? long);
  });

  test.each(GUIDES)('%s has only commands that a test runs, or that are listed with the reason', (guide) => {
    const fences = readFileSync(guide, 'utf8').matchAll(/^```sh(?: (\S+))?$/gm);
    const notRun = Array.from(fences, ([, name = 'without a name']) => name).filter(
      (name) =>
        !(`${guide} ${name}` in NOT_RUN) &&
        !TESTS.some((text) => text.includes(`'${guide}'`) && text.includes(`'${name}'`)),
    );

    expect(notRun).toEqual([]);
  });

  test.each(DOCUMENTS)('%s links only to files and headings that exist', (document) => {
    const links = readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g);
    for (const [, path = '', heading = ''] of links) {
      const target = path === '' ? document : join(dirname(document), path);
      expect(existsSync(target), target).toBe(true);
      if (heading !== '') expect(headingsOf(target), `${target}#${heading}`).toContain(heading);
    }
  });
});
