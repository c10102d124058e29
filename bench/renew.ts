import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProxyRoute } from '../src/chain/proxy-route';
import { newestFlux } from '../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../src/constructs/flux-aio/load-crds';
import { readBundle } from '../src/kubernetes/read-bundle';
import { bundleObjects, writeBundle } from '../test/e2e/support/bundle';
import { startStage } from '../test/e2e/support/stage';
import { ensurePrograms } from '../tools/control-plane';
import type { Bench } from './bench';
import { compare, type Program, run } from './pairs';
import { peakMemory } from './peak-memory';
import { root } from './programs';

/** Number of chains that are renewed in one process, and number of runs that are timed with one chain each. */
const [CHAINS, SINGLE] = [100, 10];

/** Namespaces of the chains' Secrets. Their HelmRepositories do not exist, so no run waits for Flux. */
const NAMESPACES: readonly [string, string] = ['chains-system', 'chains-shop'];

/** A program that renews several bundles of one cluster. The command line takes its files as one bundle. */
const RENEW_ALL = `
  const [library, ...bundles] = process.argv.slice(1);
  const { Chain } = require(library);
  const { clusterFromKubeconfig, readBundle, renew } = require(library + '/signing');
  const chains = bundles.map((bundle) => Chain.fromObjects(readBundle(bundle)));
  clusterFromKubeconfig().then(async (cluster) => {
    await renew(cluster, chains, { force: true });
    cluster.close();
  });
`;

/** `eggtooth renew` if nothing is due, compared with openssl and kubectl; and for many chains, with one run for each. */
export const renew: Bench = async (say) => {
  const stage = await startStage();
  const { cluster } = stage;
  try {
    const { kubectl } = await ensurePrograms(['kubectl']);
    const env = { KUBECONFIG: cluster.kubeconfig, PATH: `${dirname(kubectl)}:${process.env.PATH}` };
    const eggtooth = (command: string, ...args: readonly string[]): Program => ({
      command: `eggtooth ${command}`,
      args: [join(root, 'lib/eggtooth.js'), ...args],
      cwd: cluster.dir,
      env,
    });
    const dist = distOf(cluster.dir, stage.bundle);
    await run(eggtooth('issue', 'issue', dist));
    const idle = eggtooth('renew', 'renew', dist);
    const seed: Program = {
      command: 'bench/programs/seed.sh seed eggtooth-system',
      file: join(root, 'bench/programs/seed.sh'),
      args: ['seed', 'eggtooth-system'],
      cwd: cluster.dir,
      env,
    };
    const notDue = await compare({ name: 'renew, not due', ours: idle, peer: seed, pairs: 21, target: 0.3 }, say);

    const bundles = Array.from({ length: CHAINS }, (_, index) => chainOf(cluster.dir, cluster.url, index));
    const needed = bundles.flatMap((bundle) => readBundle(bundle)).filter(({ kind }) => /^(Role|Namespace)/.test(kind));
    await cluster.apply(needed);
    const many: Program = {
      command: `renew() of eggtooth/signing, ${CHAINS} bundles`,
      args: ['-e', RENEW_ALL, join(root, 'lib/src'), ...bundles],
      cwd: cluster.dir,
      env,
    };
    const single: Program = {
      command: `eggtooth renew --force, ${SINGLE} times one bundle`,
      file: 'bash',
      args: [
        '-c',
        'for bundle; do "$0" renew --force "$bundle"; done',
        join(root, 'lib/eggtooth.js'),
        ...bundles.slice(0, SINGLE),
      ],
      cwd: cluster.dir,
      env,
    };
    const target = (0.2 * CHAINS) / SINGLE;
    const name = `renewal of ${CHAINS} chains in one process, to ${SINGLE} single ones`;
    return [
      notDue,
      await compare({ name, ours: many, peer: single, pairs: 5, target }, say),
      await peakMemory(
        { name: `peak memory of renew, ${CHAINS} chains`, program: many, scratch: cluster.dir, target: 200 },
        say,
      ),
    ];
  } finally {
    await stage.stop();
  }
};

/** A folder as `cdk8s synth` writes it for the bundle of the README: with the CRDs of Flux in a file of their own. */
function distOf(folder: string, bundle: string): string {
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  writeBundle(join(dist, '0000-crds.k8s.yaml'), fluxCrds(newestFlux));
  copyFileSync(bundle, join(dist, '0001-bundle.k8s.yaml'));
  return dist;
}

/** Writes a bundle with its own reader, whose repositories are served by the pod of the stage. */
function chainOf(folder: string, url: string, index: number): string {
  const route = () => ProxyRoute.pod({ namespace: 'eggtooth-system', name: 'assets-0', port: 8123 });
  const objects = bundleObjects({ url, name: `chain-${index}`, namespaces: NAMESPACES, route });
  return writeBundle(join(folder, `chain-${index}.yaml`), objects);
}
