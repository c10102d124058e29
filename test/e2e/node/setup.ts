import { nodeObstacle } from '../../../tools/control-plane';
import { systemProgramObstacle } from '../../../tools/control-plane/ensure-system-program';

/** Prints once why the tests of the project are skipped, if they are. */
export default function setup(): void {
  const obstacle = nodeObstacle();
  const noBusybox = systemProgramObstacle('busybox');
  if (obstacle) {
    console.warn(`the tests of a real node are skipped: ${obstacle}`);
  } else if (noBusybox) {
    console.warn(`the test of the image with the charts is skipped: ${noBusybox}`);
  }
}
