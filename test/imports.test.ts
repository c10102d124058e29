import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { helmRepositoryGvk, helmRepositoryPatterns } from '../src/flux';
import type { Crd } from '../tools/crds/crds';
import { withoutDescriptions } from '../tools/crds/schema';

const root = join(__dirname, '..');
const imports = join(root, 'imports');
const minutes = 60_000;
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'eggtooth-imports-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function generate(folder: string, env: NodeJS.ProcessEnv = process.env) {
  const args = ['--import', 'tsx', 'tools/crds/generate.ts', folder];
  return spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
}

describe('imports/', () => {
  test('is byte for byte what the generator gives', { timeout: 15 * minutes }, () => {
    const fresh = join(scratch, 'fresh');

    const { status, stderr } = generate(fresh);

    expect(status, stderr).toBe(0);
    expect(readdirSync(imports).sort()).toEqual(readdirSync(fresh).sort());
    for (const file of readdirSync(fresh)) {
      const same = readFileSync(join(imports, file)).equals(readFileSync(join(fresh, file)));
      expect(same, `imports/${file} is not what \`npm run imports\` makes`).toBe(true);
    }
  });

  test('holds no descriptions', () => {
    expect(readFileSync(join(imports, 'flux.crds.yaml'), 'utf8')).not.toMatch(/^[ -]*description: /m);
  });

  test('has the 12 CRDs of Flux, ordered by name', () => {
    const names = readCrds().map(({ metadata }) => metadata.name);

    expect(names).toEqual([...names].sort());
    expect(names).toEqual([
      'alerts.notification.toolkit.fluxcd.io',
      'artifactgenerators.source.extensions.fluxcd.io',
      'buckets.source.toolkit.fluxcd.io',
      'externalartifacts.source.toolkit.fluxcd.io',
      'gitrepositories.source.toolkit.fluxcd.io',
      'helmcharts.source.toolkit.fluxcd.io',
      'helmreleases.helm.toolkit.fluxcd.io',
      'helmrepositories.source.toolkit.fluxcd.io',
      'kustomizations.kustomize.toolkit.fluxcd.io',
      'ocirepositories.source.toolkit.fluxcd.io',
      'providers.notification.toolkit.fluxcd.io',
      'receivers.notification.toolkit.fluxcd.io',
    ]);
  });

  test('carries the patterns of the CRD HelmRepository to the library', () => {
    const crd = readCrds().find(({ metadata }) => metadata.name === 'helmrepositories.source.toolkit.fluxcd.io');
    const version = crd?.spec.versions.find(({ name }) => helmRepositoryGvk.apiVersion.endsWith(`/${name}`));
    const spec = version?.schema.openAPIV3Schema.properties?.spec?.properties;

    for (const field of ['url', 'interval', 'timeout'] as const) {
      expect(helmRepositoryPatterns[field]).toBe(spec?.[field]?.pattern);
    }
    expect('5m0s').toMatch(new RegExp(helmRepositoryPatterns.interval));
    expect('1h').toMatch(new RegExp(helmRepositoryPatterns.interval));
    expect('1h').not.toMatch(new RegExp(helmRepositoryPatterns.timeout));
    expect('https://example.org').toMatch(new RegExp(helmRepositoryPatterns.url));
    expect('ftp://example.org').not.toMatch(new RegExp(helmRepositoryPatterns.url));
  });
});

describe('the generator', () => {
  test('says in one line that Go is missing, and writes nothing', { timeout: minutes }, () => {
    const folder = join(scratch, 'without-go');

    const { status, stderr } = generate(folder, { ...process.env, PATH: scratch });

    expect(status).toBe(1);
    expect(stderr).toMatch(/^imports: go is not on the PATH: [^\n]*\n$/);
    expect(existsSync(folder)).toBe(false);
  });

  test('keeps a property that is called description', () => {
    const text = { description: 'a text', type: 'string' };
    const schema = {
      description: 'a text',
      properties: { description: text, list: { items: text }, map: { additionalProperties: text } },
      anyOf: [{ properties: { description: text }, description: 'a text' }],
    };

    expect(withoutDescriptions(schema)).toEqual({
      properties: {
        description: { type: 'string' },
        list: { items: { type: 'string' } },
        map: { additionalProperties: { type: 'string' } },
      },
      anyOf: [{ properties: { description: { type: 'string' } } }],
    });
  });
});

function readCrds(): Crd[] {
  return parseAllDocuments(readFileSync(join(imports, 'flux.crds.yaml'), 'utf8')).map((document) => document.toJS());
}
