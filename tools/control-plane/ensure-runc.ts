import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findOnPath } from './find-on-path';

const needed = 'it needs runc: install the package `runc` of this system';

/** Why there is no runc, and none can be installed, in one line; undefined if there can be one. */
export function runcObstacle(): string | undefined {
  return findOnPath('runc') || canInstall() ? undefined : needed;
}

/**
 * Installs runc on Debian and Ubuntu if the PATH has none, and reports that on stderr. It is the one program that comes from
 * the system: its filters of system calls (seccomp) need a C library, which is not built here.
 *
 * @returns why there is none, in one line; undefined if runc is there
 */
export function ensureRunc(): string | undefined {
  const obstacle = runcObstacle();
  if (obstacle || findOnPath('runc')) {
    return obstacle;
  }
  console.error('installing runc with apt-get, which a real node needs ...');
  const install = ['install', '--yes', '--no-install-recommends', 'runc'];
  // A machine whose lists of packages are old, or not there, finds out at the first attempt.
  const failure = aptGet(install) && (aptGet(['update']) ?? aptGet(install));
  if (failure) {
    console.error(`apt-get could not install runc: ${failure}`);
  }
  return failure && needed;
}

/** A sandbox has no network. */
function canInstall(): boolean {
  const isRoot = process.geteuid?.() === 0;
  return isRoot && existsSync('/etc/debian_version') && !!findOnPath('apt-get') && !process.env.EGGTOOTH_SANDBOX;
}

/** Why it failed: the last line of what it said. */
function aptGet(args: readonly string[]): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr, error } = spawnSync('apt-get', args, { encoding: 'utf8', env });
  if (status === 0) {
    return undefined;
  }
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `it ended with code ${status}`);
}
