import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Stage, startStage } from '../test/e2e/support/stage';
import { ensurePrograms } from '../tools/control-plane';
import type { Bench, Measurement } from './bench';
import { compare, median, type Program, run } from './pairs';
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
    const time = await compare({ name: 'issue on a live cluster', ours, peer, pairs: 21, target: 0.45, prepare }, say);
    return [time, await peakMemory(stage, ours, say)];
  } finally {
    await stage.stop();
  }
};

/** So that the next run issues anew. */
async function forget({ cluster }: Stage): Promise<void> {
  for (const namespace of ['eggtooth-system', 'eggtooth-shop']) {
    await cluster.kubectl(['delete', 'secret', 'assets-tls', '-n', namespace, '--ignore-not-found']);
  }
}

async function peakMemory(stage: Stage, ours: Program, say: (text: string) => void): Promise<Measurement> {
  const name = 'peak memory of issue';
  say(`${name}: 5 runs`);
  const file = join(stage.cluster.dir, 'peak');
  const env = { ...ours.env, NODE_OPTIONS: `--require ${join(root, 'bench/programs/peak.cjs')}`, PEAK_FILE: file };
  const peaks: number[] = [];
  for (let count = 0; count < 5; count++) {
    await forget(stage);
    await run({ ...ours, env });
    peaks.push(Number(readFileSync(file, 'utf8')));
  }
  return { name, value: median(peaks), target: 150, unit: 'MB', ours: ours.command };
}
