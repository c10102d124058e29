import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { type KubeObject, printReference, referenceTo } from '../src/kubernetes/kube-object';
import { readBundle } from '../src/kubernetes/read-bundle';
import { ensurePrograms } from '../tools/control-plane';
import type { Bench } from './bench';
import { compare, type Program, run } from './pairs';
import { peakMemory } from './peak-memory';
import { compilePrograms, root, synth, withScratch } from './programs';

/** Number of bundles that eggtooth writes, and that helm renders. */
const [OURS, THEIRS] = [1000, 50];

/** Bundles for many clusters in one process, compared with one `helm template` of an equivalent chart for each. */
export const synthClusters: Bench = async (say) =>
  withScratch(async (scratch) => {
    compilePrograms();
    const ours = synth('bench/programs/eggtooth-clusters.js', join(scratch, 'ours'), { CLUSTERS: `${OURS}` });
    await run({ ...ours, env: { ...ours.env, CLUSTERS: '2' } });
    const peer = await helm(scratch, readBundle(join(scratch, 'ours/cluster-0')));
    await run({ ...peer, args: [...peer.args.slice(0, -1), '2'] });
    for (const cluster of ['cluster-0', 'cluster-1']) {
      assertSameObjects(
        readBundle(join(scratch, 'ours', cluster)),
        readBundle(join(scratch, 'peer', `${cluster}.yaml`)),
      );
    }
    const OBJECTS = join(scratch, 'objects.json');
    writeFileSync(OBJECTS, JSON.stringify(readBundle(join(scratch, 'ours/cluster-0'))));
    const bare = synth('bench/programs/cdk8s-clusters.js', join(scratch, 'bare'), { OBJECTS, CLUSTERS: `${OURS}` });
    const name = `${OURS} clusters' bundles, to`;
    return [
      await compare(
        { name: `${name} helm template of ${THEIRS}`, ours, peer, pairs: 7, target: OURS / THEIRS / 20 },
        say,
      ),
      await compare({ name: `${name} bare cdk8s`, ours, peer: bare, pairs: 5, target: 1.5 }, say),
      await peakMemory({ name: `peak memory of ${OURS} clusters' bundles`, program: ours, scratch, target: 400 }, say),
    ];
  });

async function helm(scratch: string, objects: readonly KubeObject[]): Promise<Program> {
  const programs = await ensurePrograms(['helm']);
  const [chart, output] = [join(scratch, 'chart'), join(scratch, 'peer')];
  mkdirSync(join(chart, 'templates'), { recursive: true });
  mkdirSync(output);
  writeFileSync(join(chart, 'Chart.yaml'), stringify({ apiVersion: 'v2', name: 'bundle', version: '0.1.0' }));
  writeFileSync(join(chart, 'values.yaml'), stringify({ host: '' }));
  for (const [index, object] of objects.entries()) {
    const template = stringify(object, { lineWidth: 0 }).replaceAll('cluster-0.example.org', '{{ .Values.host }}');
    writeFileSync(join(chart, 'templates', `${String(index).padStart(2, '0')}.yaml`), template);
  }
  return {
    command: `helm template bundle CHART --set host=CLUSTER, ${THEIRS} times`,
    file: join(root, 'bench/programs/helm-clusters.sh'),
    args: [chart, output, `${THEIRS}`],
    cwd: scratch,
    env: { PATH: `${dirname(programs.helm)}:${process.env.PATH}` },
  };
}

/** Compares the objects in any order, because helm sorts them by kind. */
function assertSameObjects(ours: readonly KubeObject[], theirs: readonly KubeObject[]): void {
  const sorted = (objects: readonly KubeObject[]) =>
    Object.fromEntries(objects.map((object) => [printReference(referenceTo(object)), object]));
  if (ours.length !== theirs.length || !isDeepStrictEqual(sorted(ours), sorted(theirs))) {
    throw new Error('different objects: helm must render the objects of the bundle');
  }
}
