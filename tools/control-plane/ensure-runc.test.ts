import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ensureRunc, runcObstacle } from './ensure-runc';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runc-'));
  path = process.env.PATH ?? '';
  vi.stubEnv('PATH', folder);
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('ensureRunc', () => {
  test('uses runc on the PATH, and prints nothing', () => {
    addCommand('runc');
    expect(ensureRunc()).toBeUndefined();
    expect(console.error).not.toHaveBeenCalled();
  });

  test('returns that runc is missing if there is no apt-get', () => {
    expect(runcObstacle()).toBe('it needs runc: install the package `runc` of this system');
    expect(ensureRunc()).toBe(runcObstacle());
    expect(console.error).not.toHaveBeenCalled();
  });

  test('does not install runc in a sandbox, which has no network', () => {
    addCommand('apt-get');
    vi.stubEnv('EGGTOOTH_SANDBOX', folder);
    expect(runcObstacle()).toMatch(/^it needs runc/);
  });
});

const isRootOnDebian = process.geteuid?.() === 0 && existsSync('/etc/debian_version');

describe.runIf(isRootOnDebian)('ensureRunc, as root on Debian and Ubuntu,', () => {
  beforeEach(() => vi.stubEnv('EGGTOOTH_SANDBOX', ''));

  test('installs runc with apt-get, and prints one line', () => {
    addCommand('apt-get', `echo "$@" >>${folder}/calls; echo >${folder}/runc; chmod +x ${folder}/runc`);
    expect(runcObstacle()).toBeUndefined();
    expect(ensureRunc()).toBeUndefined();
    expect(calls()).toEqual(['install --yes --no-install-recommends runc']);
    expect(vi.mocked(console.error).mock.calls).toEqual([
      ['installing runc with apt-get, which a real node needs ...'],
    ]);
  });

  test('updates the package lists if that is necessary', () => {
    addCommand('apt-get', `echo "$1" >>${folder}/calls; test "$1" = update || grep -q update ${folder}/calls`);
    expect(ensureRunc()).toBeUndefined();
    expect(calls()).toEqual(['install', 'update', 'install']);
  });

  test('returns that runc is missing if apt-get fails, and prints the reason', () => {
    addCommand('apt-get', 'echo noise >&2; echo "E: no such package" >&2; exit 100');
    expect(ensureRunc()).toMatch(/^it needs runc/);
    expect(vi.mocked(console.error)).toHaveBeenLastCalledWith('apt-get could not install runc: E: no such package');
  });
});

function addCommand(name: string, script = ''): void {
  writeFileSync(join(folder, name), `#!/bin/sh\nPATH='${path}'\n${script}\n`, {
    mode: 0o755,
  });
}

function calls(): string[] {
  return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
}
