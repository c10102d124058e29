import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kustomizationMaxLengths } from '../imports/constraints';
import { newestFlux } from '../src/constructs/flux-aio/flux-releases';
import * as flux from '../src/kubernetes/flux';
import type { Schema } from '../tools/crds/schema';
import { withoutDescriptions } from '../tools/crds/schema';
import { readCrd } from './support/crds';

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

  test('carries no descriptions of the CRDs', () => {
    const { description } = readCrd(newestFlux, 'HelmRelease').spec.versions[0]?.schema.openAPIV3Schema ?? {};

    expect(description).toBeTruthy();
    for (const file of readdirSync(imports)) {
      expect(readFileSync(join(imports, file), 'utf8'), file).not.toContain(description);
    }
  });
});

describe('the constraints in imports/', () => {
  test.each([
    ['HelmRepository', flux.helmRepositoryGvk, flux.helmRepositoryPatterns, {}],
    ['HelmRelease', flux.helmReleaseGvk, flux.helmReleasePatterns, flux.helmReleaseMaxLengths],
    ['OCIRepository', flux.ociRepositoryGvk, flux.ociRepositoryPatterns, {}],
    ['ArtifactGenerator', flux.artifactGeneratorGvk, flux.artifactGeneratorPatterns, flux.artifactGeneratorMaxLengths],
    ['GitRepository', flux.gitRepositoryGvk, flux.gitRepositoryPatterns, {}],
    ['Kustomization', flux.kustomizationGvk, flux.kustomizationPatterns, kustomizationMaxLengths],
  ])('are those of the CRD %s, in the version that is used', (kind, { apiVersion }, patterns, maxLengths) => {
    const { versions } = readCrd(newestFlux, kind).spec;
    const schema = versions.find(({ name }) => apiVersion.endsWith(`/${name}`))?.schema.openAPIV3Schema;
    const field = (path: string) => at(schema?.properties?.spec, path);

    for (const [path, pattern] of Object.entries(patterns)) expect(field(path)?.pattern, path).toBe(pattern);
    for (const [path, length] of Object.entries(maxLengths)) expect(field(path)?.maxLength, path).toBe(length);
    expect(Object.keys(patterns)).toHaveLength(count(schema?.properties?.spec, 'pattern'));
    expect(Object.keys(maxLengths)).toHaveLength(count(schema?.properties?.spec, 'maxLength'));
  });

  test.each([
    [flux.helmRepositoryPatterns.interval, '5m0s', '5 m'],
    [flux.helmRepositoryPatterns.timeout, '90s', '1h'],
    [flux.helmRepositoryPatterns.url, 'https://example.org', 'ftp://example.org'],
    [flux.helmReleasePatterns.interval, '1h', '1d'],
    [flux.helmReleasePatterns['install.timeout'], '1h', '1d'],
    [flux.ociRepositoryPatterns.url, 'oci://registry.example/a', 'https://registry.example/a'],
    [flux.artifactGeneratorPatterns['sources[].alias'], 'my-packages', 'My packages'],
    [flux.artifactGeneratorPatterns['artifacts[].copy[].to'], '@artifact/', '@artifact/../etc'],
  ])('%s takes %s, not %s', (pattern, good, bad) => {
    expect(good).toMatch(new RegExp(pattern));
    expect(bad).not.toMatch(new RegExp(pattern));
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

/** The field at a path such as `sources[].alias`. */
function at(schema: Schema | undefined, path: string): Schema | undefined {
  return path
    .split(/\.|(?=\[\])/)
    .reduce((below, step) => (step === '[]' ? below?.items : below?.properties?.[step]), schema);
}

/** How many times a keyword stands in a schema's JSON; no property of Flux is called like it. */
function count(schema: Schema | undefined, keyword: string): number {
  return JSON.stringify(schema).split(`"${keyword}":`).length - 1;
}
