import { ensurePrograms } from './ensure-programs';
import { ensureRunc } from './ensure-runc';
import { nodeObstacle } from './node-obstacle';
import { nodePrograms } from './programs';

/**
 * Brings what a real node needs: programs of ours, and runc.
 *
 * @returns why none can run on this machine, in one line; nothing is built then
 */
export async function ensureNode(): Promise<string | undefined> {
  const obstacle = nodeObstacle() ?? ensureRunc();
  if (!obstacle) {
    await ensurePrograms(nodePrograms);
  }
  return obstacle;
}
