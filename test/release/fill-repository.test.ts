import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const manifest = readFileSync('package.json', 'utf8');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-release-test-'));
  writeFileSync(join(folder, 'package.json'), manifest);
});
afterEach(() => rmSync(folder, { recursive: true }));

function fill(env: Readonly<Record<string, string>>) {
  const args = ['--import', 'tsx', 'tools/release/fill-repository.ts', folder];
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { status, stderr, written: readFileSync(join(folder, 'package.json'), 'utf8') };
}

describe('fill-repository', () => {
  test('adds the repository that the workflow runs in, and changes nothing else', () => {
    const { status, written } = fill({
      GITHUB_REPOSITORY: 'octo-org/egg.tooth',
      GITHUB_SERVER_URL: 'https://git.example',
    });

    expect(status).toBe(0);
    expect(JSON.parse(written)).toEqual({
      ...JSON.parse(manifest),
      repository: { type: 'git', url: 'git+https://git.example/octo-org/egg.tooth.git' },
      bugs: { url: 'https://git.example/octo-org/egg.tooth/issues' },
      homepage: 'https://git.example/octo-org/egg.tooth#readme',
    });
  });

  test('fills the same text a second time', () => {
    const env = { GITHUB_REPOSITORY: 'octo-org/eggtooth' };
    const { written } = fill(env);

    expect(fill(env).written).toBe(written);
    expect(written).toContain('git+https://github.com/octo-org/eggtooth.git');
  });

  test.each(['', 'eggtooth', 'octo-org/egg/tooth', 'octo-org/egg tooth'])('refuses %j and writes nothing', (name) => {
    const { status, stderr, written } = fill({ GITHUB_REPOSITORY: name });

    expect(stderr).toBe(`error: not OWNER/NAME: GITHUB_REPOSITORY=${name}\n`);
    expect(status).toBe(1);
    expect(written).toBe(manifest);
  });
});

test('package.json names no repository: the release does', () => {
  expect(Object.keys(JSON.parse(manifest))).not.toContain('repository');
});
