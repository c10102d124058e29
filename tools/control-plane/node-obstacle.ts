import { cgroupObstacle } from './cgroups';
import { systemProgramObstacle } from './ensure-system-program';

/** Returns in one line why no real node can run on this machine; undefined if one can. */
export function nodeObstacle(): string | undefined {
  if (process.platform !== 'linux') {
    return 'it needs Linux';
  }
  return cgroupObstacle() ?? systemProgramObstacle('runc');
}
