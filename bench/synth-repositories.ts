import { join } from 'node:path';
import type { Bench, Measurement } from './bench';
import { compare } from './pairs';
import { assertSameBytes, compilePrograms, synth, withScratch } from './programs';

/** Synth of many repositories in one chart, compared with plain cdk8s and with fewer repositories. */
export const synthRepositories: Bench = async (say) =>
  withScratch(async (scratch) => {
    compilePrograms();
    const program = (maker: string, count: string) =>
      synth(`bench/programs/${maker}-repositories.js`, join(scratch, maker, count), { REPOSITORIES: count });
    const sizes = { '1000': 15, '10000': 9 };
    const againstBare: Measurement[] = [];
    for (const [count, pairs] of Object.entries(sizes)) {
      const [ours, peer] = [program('eggtooth', count), program('cdk8s', count)];
      await assertSameBytes(ours, peer);
      againstBare.push(await compare({ name: `synth of ${count} repositories`, ours, peer, pairs, target: 1.3 }, say));
    }
    const [ours, peer] = [program('eggtooth', '10000'), program('eggtooth', '1000')];
    return [
      ...againstBare,
      await compare({ name: 'synth of 10000 repositories, to 1000', ours, peer, pairs: 7, target: 11 }, say),
    ];
  });
