import { join } from 'node:path';
import type { Bench } from './bench';
import { compare } from './pairs';
import { assertSameBytes, compilePrograms, synth, withScratch } from './programs';

/** Synth of a chain, compared with a plain cdk8s program that spells out every object. */
export const synthChain: Bench = async (say) =>
  withScratch(async (scratch) => {
    compilePrograms();
    const ours = synth('bench/programs/eggtooth-chain.js', join(scratch, 'ours'));
    const peer = synth('bench/programs/cdk8s-chain.js', join(scratch, 'peer'));
    await assertSameBytes(ours, peer);
    return [await compare({ name: "synth of Cozystack's chain", ours, peer, pairs: 21, target: 1.2 }, say)];
  });
