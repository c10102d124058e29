import { Command } from 'commander';
import type { Cluster } from '../cluster/cluster';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { type KubeObject, type ObjectReference, printReference } from '../kubernetes/kube-object';
import { readBundle } from '../kubernetes/read-bundle';
import { assertAllReady } from '../migration/assert-ready';
import { cleanUp, planCleanUp } from '../migration/clean-up';
import { type MigrateResult, migrate, planMigrate } from '../migration/migrate';
import { assertVerified, printCheck } from '../signing/verify/check';
import { addClusterOptions, timeoutOption } from './options';
import { type Format, outputOption, printData } from './output';
import { onProgress } from './talk';

interface MigrateFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cleanUp?: boolean;
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output?: Format;
}

/** `eggtooth migrate`: from the API server's proxy to OCI, in two runs. */
export function migrateCommand(): Command {
  const command = new Command('migrate')
    .description('bring a bundle that takes charts from OCI beside the one that reads them through the API server')
    .argument('<old>', 'the bundle that the cluster has: file, folder or -')
    .argument('<new>', 'the bundle that takes its place')
    .option('--clean-up', 'remove what the old bundle leaves behind, its credential first');
  return addClusterOptions(command)
    .addOption(timeoutOption('how long all of it may take', '5m'))
    .option('--dry-run', 'show what would be applied and removed, write nothing')
    .addOption(outputOption())
    .action(async (oldPath: string, newPath: string, flags: MigrateFlags) => {
      const [old, next] = [readBundle(oldPath), readBundle(newPath)];
      const cluster = await clusterFromKubeconfig({ kubeconfig: flags.kubeconfig, context: flags.context });
      try {
        await (flags.cleanUp ? runCleanUp : runMigrate)(cluster, old, next, flags);
      } finally {
        cluster.close();
      }
    });
}

type Step = (
  cluster: Cluster,
  old: readonly KubeObject[],
  next: readonly KubeObject[],
  flags: MigrateFlags,
) => Promise<void>;

const runMigrate: Step = async (cluster, old, next, flags) => {
  const options = { timeout: flags.timeout, onProgress };
  if (flags.dryRun) {
    const plan = await planMigrate(cluster, old, next, options);
    return print(plan, flags, [...plan.objects.map((object) => line('apply', object)), ...cleanUpLines(plan)]);
  }
  const result = await migrate(cluster, old, next, options);
  const sources = result.sources.map((source) => line(source.ready ? 'ready' : 'WAITING', source, source.detail));
  print(result, flags, [...result.objects.map((one) => line(one.result, one)), ...sources, ...cleanUpLines(result)]);
  assertAllReady(result.sources);
};

const runCleanUp: Step = async (cluster, old, next, flags) => {
  const options = { timeout: flags.timeout, onProgress };
  if (flags.dryRun) {
    const plan = await planCleanUp(cluster, old, next, options);
    return print(plan, flags, cleanUpLines({ toRemove: plan.removed, kept: plan.kept }));
  }
  const result = await cleanUp(cluster, old, next, options);
  print(result, flags, [
    ...(result.removed.length === 0 ? ['nothing to remove'] : result.removed.map((object) => line('removed', object))),
    ...result.kept.map((object) => line('kept', object, object.reason)),
    ...result.checks.map(
      (check) => `${(check.ok ? 'verified' : 'FAILED').padEnd(13)}${printCheck(check)}: ${check.detail}`,
    ),
  ]);
  assertVerified(result.checks, 'the clean-up is not verified', FIX);
};

/** Of a clean-up that is not verified. */
const FIX = 'look who else gives that user rights, or keeps those objects; then run again: what is gone stays gone';

function cleanUpLines({ toRemove, kept }: Pick<MigrateResult, 'toRemove' | 'kept'>): readonly string[] {
  if (toRemove.length === 0) return ['--clean-up has nothing to remove'];
  return [
    '--clean-up will',
    ...toRemove.map((object) => line('remove', object)),
    ...kept.map((object) => line('keep', object, object.reason)),
  ];
}

function line(what: string, object: ObjectReference, detail = ''): string {
  return `${what.padEnd(13)}${printReference(object)}${detail && `: ${detail}`}`;
}

function print(result: object, { output }: MigrateFlags, lines: readonly string[]): void {
  if (output === 'json' || output === 'yaml') printData(result, output);
  else process.stdout.write(`${lines.join('\n')}\n`);
}
