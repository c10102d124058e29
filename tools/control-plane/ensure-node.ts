import { ensurePrograms } from './ensure-programs';
import { ensureSystemProgram } from './ensure-system-program';
import { nodeObstacle } from './node-obstacle';
import { nodePrograms } from './programs';

/**
 * Provides what a real node and its tests need: programs that are built here, runc, and busybox. Without busybox, only the
 * test that serves charts with it is skipped.
 *
 * @returns in one line why no node can run on this machine, in which case nothing is built
 */
export async function ensureNode(): Promise<string | undefined> {
  const obstacle = nodeObstacle() ?? ensureSystemProgram('runc');
  if (!obstacle) {
    await ensurePrograms(nodePrograms);
    ensureSystemProgram('busybox');
  }
  return obstacle;
}
