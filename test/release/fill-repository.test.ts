import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { repositoryFields } from '../../tools/release/repository-fields';

const manifest = readFileSync('package.json', 'utf8');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-release-test-'));
  writeFileSync(join(folder, 'package.json'), manifest);
});
afterEach(() => rmSync(folder, { recursive: true }));

function fill(repository: string) {
  const args = ['--import', 'tsx', 'tools/release/fill-repository.ts', folder];
  const env = { GITHUB_REPOSITORY: repository, GITHUB_SERVER_URL: 'https://git.example' };
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { status, stderr, written: readFileSync(join(folder, 'package.json'), 'utf8') };
}

describe('fill-repository', () => {
  test('adds the repository that the workflow runs in to package.json, and changes nothing else', () => {
    const { status, written } = fill('octo-org/egg.tooth');

    expect(status).toBe(0);
    expect(JSON.parse(written)).toEqual({
      ...JSON.parse(manifest),
      repository: { type: 'git', url: 'git+https://git.example/octo-org/egg.tooth.git' },
      bugs: { url: 'https://git.example/octo-org/egg.tooth/issues' },
      homepage: 'https://git.example/octo-org/egg.tooth#readme',
    });
  });

  test('writes nothing without the name of a repository', () => {
    const { status, stderr, written } = fill('');

    expect(stderr).toBe('error: not OWNER/NAME: GITHUB_REPOSITORY=\n');
    expect(status).toBe(1);
    expect(written).toBe(manifest);
  });
});

test.each(['eggtooth', 'octo-org/egg/tooth', 'octo-org/egg tooth'])('repositoryFields refuses %j', (name) => {
  expect(() => repositoryFields(name)).toThrow(`not OWNER/NAME: GITHUB_REPOSITORY=${name}`);
});

test('package.json names no repository, because the release does', () => {
  expect(Object.keys(JSON.parse(manifest))).not.toContain('repository');
});
