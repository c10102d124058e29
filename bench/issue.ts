import { dirname, join } from 'node:path';
import { type Stage, startStage } from '../test/e2e/support/stage';
import { ensurePrograms } from '../tools/control-plane';
import type { Bench } from './bench';
import { compare, type Program } from './pairs';
import { peakMemory } from './peak-memory';
import { root } from './programs';

/** `eggtooth issue` on a live cluster, every check on and two Secrets written, against openssl and kubectl. */
export const issue: Bench = async (say) => {
  const stage = await startStage();
  try {
    const { kubectl } = await ensurePrograms(['kubectl']);
    const env = {
      KUBECONFIG: stage.cluster.kubeconfig,
      PATH: `${dirname(kubectl)}:${process.env.PATH}`,
    };
    const ours: Program = {
      command: 'eggtooth issue bundle.yaml',
      args: [join(root, 'lib/eggtooth.js'), 'issue', stage.bundle],
      cwd: stage.cluster.dir,
      env,
    };
    const peer: Program = {
      command: 'bench/programs/seed.sh seed eggtooth-system',
      file: join(root, 'bench/programs/seed.sh'),
      args: ['seed', 'eggtooth-system'],
      cwd: stage.cluster.dir,
      env,
    };
    const prepare = () => forget(stage);
    const time = await compare({ name: 'issue on a live cluster', ours, peer, pairs: 21, target: 0.4, prepare }, say);
    const memory = { name: 'peak memory of issue', program: ours, scratch: stage.cluster.dir, target: 150, prepare };
    return [time, await peakMemory(memory, say)];
  } finally {
    await stage.stop();
  }
};

/** Lets the next run issue again. */
async function forget({ cluster }: Stage): Promise<void> {
  for (const namespace of ['eggtooth-system', 'eggtooth-shop']) {
    await cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', namespace, '--ignore-not-found']);
  }
}
