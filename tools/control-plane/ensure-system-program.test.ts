import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ensureSystemProgram, systemProgramObstacle } from './ensure-system-program';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'system-program-'));
  path = process.env.PATH ?? '';
  vi.stubEnv('PATH', folder);
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('ensureSystemProgram', () => {
  test('uses runc on the PATH, and prints nothing', () => {
    addCommand('runc');
    expect(ensureSystemProgram('runc')).toBeUndefined();
    expect(console.error).not.toHaveBeenCalled();
  });

  test('returns that runc is missing if there is no apt-get', () => {
    expect(systemProgramObstacle('runc')).toBe('it needs runc: install the package `runc` of this system');
    expect(ensureSystemProgram('runc')).toBe(systemProgramObstacle('runc'));
    expect(console.error).not.toHaveBeenCalled();
  });

  test('does not install runc in a sandbox, which has no network', () => {
    addCommand('apt-get');
    vi.stubEnv('EGGTOOTH_SANDBOX', folder);
    expect(systemProgramObstacle('runc')).toMatch(/^it needs runc/);
  });
});

const isRootOnDebian = process.geteuid?.() === 0 && existsSync('/etc/debian_version');

describe.runIf(isRootOnDebian)('ensureSystemProgram, as root on Debian and Ubuntu,', () => {
  beforeEach(() => vi.stubEnv('EGGTOOTH_SANDBOX', ''));

  test('installs runc with apt-get, and prints one line', () => {
    addCommand('apt-get', `echo "$@" >>${folder}/calls; echo >${folder}/runc; chmod +x ${folder}/runc`);
    expect(systemProgramObstacle('runc')).toBeUndefined();
    expect(ensureSystemProgram('runc')).toBeUndefined();
    expect(calls()).toEqual(['install --yes --no-install-recommends runc']);
    expect(vi.mocked(console.error).mock.calls).toEqual([
      ['installing runc with apt-get, which a real node needs ...'],
    ]);
  });

  test('installs busybox from its static package', () => {
    addCommand('apt-get', `echo "$@" >>${folder}/calls`);
    expect(ensureSystemProgram('busybox')).toBeUndefined();
    expect(calls()).toEqual(['install --yes --no-install-recommends busybox-static']);
  });

  test('updates the package lists if that is necessary', () => {
    addCommand('apt-get', `echo "$1" >>${folder}/calls; test "$1" = update || grep -q update ${folder}/calls`);
    expect(ensureSystemProgram('runc')).toBeUndefined();
    expect(calls()).toEqual(['install', 'update', 'install']);
  });

  test('returns that runc is missing if apt-get fails, and prints the reason', () => {
    addCommand('apt-get', 'echo noise >&2; echo "E: no such package" >&2; exit 100');
    expect(ensureSystemProgram('runc')).toMatch(/^it needs runc/);
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
