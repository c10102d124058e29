import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findOnPath } from './find-on-path';

const needed = 'it needs runc: install the package `runc` of this system';

/** Returns in one line why there is no runc and it cannot be installed; undefined if there is or it can. */
export function runcObstacle(): string | undefined {
  return findOnPath('runc') || canInstall() ? undefined : needed;
}

/**
 * Installs runc on Debian and Ubuntu if the PATH has none, and reports that on stderr. runc is the only program of the
 * system's packages: seccomp needs a C library, which is not built here.
 *
 * @returns in one line why there is no runc; undefined if there is
 */
export function ensureRunc(): string | undefined {
  const obstacle = runcObstacle();
  if (obstacle || findOnPath('runc')) {
    return obstacle;
  }
  console.error('installing runc with apt-get, which a real node needs ...');
  const install = ['install', '--yes', '--no-install-recommends', 'runc'];
  // The first attempt fails if the package lists are missing or outdated.
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

/** Runs apt-get; returns the last line of its output if it fails. */
function aptGet(args: readonly string[]): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr, error } = spawnSync('apt-get', args, { encoding: 'utf8', env });
  if (status === 0) {
    return undefined;
  }
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `it ended with code ${status}`);
}
