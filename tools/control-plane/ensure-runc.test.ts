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

describe('runc', () => {
  test('is that of the PATH, which nothing is said about', () => {
    addCommand('runc');
    expect(ensureRunc()).toBeUndefined();
    expect(console.error).not.toHaveBeenCalled();
  });

  test('is what keeps a machine without it from running a node, if it has no apt-get', () => {
    expect(runcObstacle()).toBe('it needs runc: install the package `runc` of this system');
    expect(ensureRunc()).toBe(runcObstacle());
    expect(console.error).not.toHaveBeenCalled();
  });

  test('is not installed inside of a sandbox, where there is no network', () => {
    addCommand('apt-get');
    vi.stubEnv('EGGTOOTH_SANDBOX', folder);
    expect(runcObstacle()).toMatch(/^it needs runc/);
  });
});

const isRootOnDebian = process.geteuid?.() === 0 && existsSync('/etc/debian_version');

describe.runIf(isRootOnDebian)('runc, as root on Debian and Ubuntu,', () => {
  beforeEach(() => vi.stubEnv('EGGTOOTH_SANDBOX', ''));

  test('is installed with apt-get, which one line says', () => {
    addCommand('apt-get', `echo "$@" >>${folder}/calls; echo >${folder}/runc; chmod +x ${folder}/runc`);
    expect(runcObstacle()).toBeUndefined();
    expect(ensureRunc()).toBeUndefined();
    expect(calls()).toEqual(['install --yes --no-install-recommends runc']);
    expect(vi.mocked(console.error).mock.calls).toEqual([
      ['installing runc with apt-get, which a real node needs ...'],
    ]);
  });

  test('is installed where the lists of packages have to be read first', () => {
    addCommand('apt-get', `echo "$1" >>${folder}/calls; test "$1" = update || grep -q update ${folder}/calls`);
    expect(ensureRunc()).toBeUndefined();
    expect(calls()).toEqual(['install', 'update', 'install']);
  });

  test('keeps a machine from running a node if it cannot be installed, and apt-get says why', () => {
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
