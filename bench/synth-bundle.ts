import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBundle } from '../src/kubernetes/read-bundle';
import type { Bench } from './bench';
import { compare, type Program, run } from './pairs';
import { peakMemory } from './peak-memory';
import { assertSameBytes, compilePrograms, synth, withScratch } from './programs';

/** Synth of a whole bundle with Flux and its CRDs, compared with plain cdk8s that writes the same objects. */
export const synthBundle: Bench = async (say) =>
  withScratch(async (scratch) => {
    compilePrograms();
    const ours = synth('examples/cozystack/main.js', join(scratch, 'ours'));
    const OBJECTS = await writeObjects(ours, scratch);
    const peer = synth('bench/programs/cdk8s-objects.js', join(scratch, 'peer'), { OBJECTS });
    await assertSameBytes(ours, peer);
    return [
      await compare({ name: 'synth of examples/cozystack', ours, peer, pairs: 15, target: 1.5 }, say),
      await peakMemory({ name: 'peak memory of that synth', program: ours, scratch, target: 400 }, say),
    ];
  });

async function writeObjects(program: Program, scratch: string): Promise<string> {
  await run(program);
  const objects = readBundle(program.env.CDK8S_OUTDIR ?? '');
  const isCrd = ({ kind }: { readonly kind: string }) => kind === 'CustomResourceDefinition';
  const file = join(scratch, 'objects.json');
  writeFileSync(file, JSON.stringify({ crds: objects.filter(isCrd), others: objects.filter((one) => !isCrd(one)) }));
  return file;
}
