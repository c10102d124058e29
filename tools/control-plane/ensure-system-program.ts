import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findOnPath } from './find-on-path';

/** What is not built here, because it needs a C compiler or a C library: the package that has it, and what needs it. */
const programs = {
  runc: { package: 'runc', neededBy: 'a real node' },
  curl: { package: 'curl', neededBy: 'the test of the guides' },
  busybox: { package: 'busybox-static', neededBy: 'the test of the image with the charts' },
};

/** A program of the system's packages. */
export type SystemProgram = keyof typeof programs;

function needed(name: SystemProgram): string {
  return `it needs ${name}: install the package \`${programs[name].package}\` of this system`;
}

/** Returns in one line why there is no such program and it cannot be installed; undefined if there is or it can. */
export function systemProgramObstacle(name: SystemProgram): string | undefined {
  return findOnPath(name) || canInstall() ? undefined : needed(name);
}

/**
 * Installs a program on Debian and Ubuntu if the PATH has none, and reports that on stderr.
 *
 * @returns in one line why there is no such program; undefined if there is
 */
export function ensureSystemProgram(name: SystemProgram): string | undefined {
  const obstacle = systemProgramObstacle(name);
  if (obstacle || findOnPath(name)) {
    return obstacle;
  }
  console.error(`installing ${name} with apt-get, which ${programs[name].neededBy} needs ...`);
  const install = ['install', '--yes', '--no-install-recommends', programs[name].package];
  // The first attempt fails if the package lists are missing or outdated.
  const failure = aptGet(install) && (aptGet(['update']) ?? aptGet(install));
  if (failure) {
    console.error(`apt-get could not install ${name}: ${failure}`);
  }
  return failure && needed(name);
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
