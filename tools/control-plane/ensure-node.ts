import { ensurePrograms } from './ensure-programs';
import { ensureRunc } from './ensure-runc';
import { nodeObstacle } from './node-obstacle';
import { nodePrograms } from './programs';

/**
 * Provides what a real node needs: programs that are built here, and runc.
 *
 * @returns in one line why no node can run on this machine, in which case nothing is built
 */
export async function ensureNode(): Promise<string | undefined> {
  const obstacle = nodeObstacle() ?? ensureRunc();
  if (!obstacle) {
    await ensurePrograms(nodePrograms);
  }
  return obstacle;
}
