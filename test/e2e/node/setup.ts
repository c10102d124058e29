import { nodeObstacle } from '../../../tools/control-plane';

/** Prints once why the tests of the project are skipped, if they are. */
export default function setup(): void {
  const obstacle = nodeObstacle();
  if (obstacle) {
    console.warn(`the tests of a real node are skipped: ${obstacle}`);
  }
}
