import { cgroupObstacle } from './cgroups';
import { runcObstacle } from './ensure-runc';

/** Why no real node can run on this machine, in one line; undefined if one can. */
export function nodeObstacle(): string | undefined {
  if (process.platform !== 'linux') {
    return 'it needs Linux';
  }
  return cgroupObstacle() ?? runcObstacle();
}
