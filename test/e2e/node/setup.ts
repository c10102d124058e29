import { nodeObstacle } from '../../../tools/control-plane';

/** Says once why all tests of the project are skipped, where they are. */
export default function setup(): void {
  const obstacle = nodeObstacle();
  if (obstacle) {
    console.warn(`the tests of a real node are skipped: ${obstacle}`);
  }
}
