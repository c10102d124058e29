import { join } from 'node:path';
import type { Bench } from './bench';
import { compare } from './pairs';
import { assertSameBytes, compilePrograms, synth, withScratch } from './programs';

/** Synth of the real case, against a bare cdk8s program that spells every object. */
export const synthCozystack: Bench = async (say) =>
  withScratch(async (scratch) => {
    compilePrograms();
    const ours = synth('examples/cozystack/main.js', join(scratch, 'ours'));
    const peer = synth('bench/programs/cdk8s-cozystack.js', join(scratch, 'peer'));
    await assertSameBytes(ours, peer);
    return [await compare({ name: 'synth of examples/cozystack', ours, peer, pairs: 21, target: 1.2 }, say)];
  });
