import { cgroupObstacle } from './cgroups';
import { findOnPath } from './find-on-path';

/** Why no real node can run on this machine, in one line; undefined if one can. */
export function nodeObstacle(): string | undefined {
  if (process.platform !== 'linux') {
    return 'it needs Linux';
  }
  return cgroupObstacle() ?? runcObstacle();
}

function runcObstacle(): string | undefined {
  const compiler = process.env.CC?.split(' ')[0] || 'gcc';
  if (findOnPath('runc') || findOnPath(compiler) || compiler.includes('/')) {
    return undefined;
  }
  return `it needs runc: install Debian's runc, or ${compiler} and the C library's headers to build it with`;
}
