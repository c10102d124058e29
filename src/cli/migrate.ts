import { Command } from 'commander';
import type { Cluster } from '../cluster/cluster';
import { type KubeObject, type ObjectReference, printReference } from '../kubernetes/kube-object';
import { assertAllReady } from '../migration/assert-ready';
import { cleanUp, planCleanUp } from '../migration/clean-up';
import { type MigrateResult, migrate, planMigrate } from '../migration/migrate';
import { assertVerified } from '../signing/verify/check';
import type { RunOptions } from '../up/run';
import { type BundleFlags, bundleOption, readObjects } from './bundle';
import { dryRunOption, timeoutOption } from './options';
import { type Format, outputOption, print } from './output';
import type { MigrateCleanUpOutput, MigrateOutput } from './outputs';
import { checkLine, examples, line } from './text';
import { addClusterOptions, type ClusterFlags, withWritten } from './with-cluster';

interface MigrateFlags extends ClusterFlags, BundleFlags {
  readonly cleanUp?: boolean;
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: Format;
}

/** `eggtooth migrate`: from the API server's proxy to OCI, in two runs with both chart sources in between. */
export function migrateCommand(): Command {
  const command = new Command()
    .argument('<old>', 'Bundle that the cluster has: file, folder, or - for standard input')
    .argument('<new>', 'Bundle that replaces it')
    .addOption(bundleOption())
    .option('--clean-up', 'Remove what is left of the old bundle, its credentials first')
    .addOption(timeoutOption('Time limit of the whole run', '5m'))
    .addOption(dryRunOption('Show what would be applied and removed, and write nothing'))
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Show what would be applied now and removed later', 'eggtooth migrate old.yaml new.yaml --dry-run'],
        ['Apply the new bundle beside the old one', 'eggtooth migrate old.yaml new.yaml'],
        ['Remove the old chart source and its credentials', 'eggtooth migrate old.yaml new.yaml --clean-up'],
      ),
    )
    .action(async (oldPath: string, newPath: string, { cleanUp, timeout, dryRun, output, ...flags }: MigrateFlags) => {
      const [old, next] = [readObjects([oldPath], flags), readObjects([newPath], flags)];
      const run = cleanUp ? runCleanUp : runMigrate;
      await withWritten({ ...flags, dryRun }, (cluster, onProgress, onWait) =>
        run(cluster, old, next, { timeout, dryRun, output, onProgress, onWait }),
      );
    });
  return addClusterOptions(command);
}

type Run = (
  cluster: Cluster,
  old: readonly KubeObject[],
  next: readonly KubeObject[],
  options: Pick<MigrateFlags, 'timeout' | 'dryRun' | 'output'> & RunOptions,
) => Promise<void>;

const runMigrate: Run = async (cluster, old, next, { dryRun, output, ...options }) => {
  if (dryRun) {
    const plan = await planMigrate(cluster, old, next, options);
    return print<MigrateOutput>(plan, output, () =>
      lines(
        plan.objects.map((object) => objectLine('apply', object)),
        cleanUpLines(plan),
      ),
    );
  }
  const result = await migrate(cluster, old, next, options);
  print<MigrateOutput>(result, output, ({ sources }) =>
    lines(
      result.objects.map((object) => objectLine(object.result, object)),
      sources.map((source) => objectLine(source.ready ? 'ready' : 'WAITING', source, source.detail)),
      cleanUpLines(result),
    ),
  );
  assertAllReady(result.sources);
};

const runCleanUp: Run = async (cluster, old, next, { dryRun, output, ...options }) => {
  if (dryRun) {
    const plan = await planCleanUp(cluster, old, next, options);
    return print<MigrateCleanUpOutput>(plan, output, () =>
      lines(cleanUpLines({ toRemove: plan.removed, kept: plan.kept })),
    );
  }
  const result = await cleanUp(cluster, old, next, options);
  print<MigrateCleanUpOutput>(result, output, ({ removed, kept, checks }) =>
    lines(
      removed.length === 0 ? ['nothing to remove'] : removed.map((object) => objectLine('removed', object)),
      kept.map((object) => objectLine('kept', object, object.reason)),
      checks.map((check) => checkLine(check, 0)),
    ),
  );
  assertVerified(
    result.checks,
    'the clean-up is not verified',
    'check who else grants this user permissions or keeps these objects, then run the command again',
  );
};

function cleanUpLines({ toRemove, kept }: Pick<MigrateResult, 'toRemove' | 'kept'>): readonly string[] {
  if (toRemove.length === 0) return ['--clean-up has nothing to remove'];
  return [
    'with --clean-up:',
    ...toRemove.map((object) => objectLine('remove', object)),
    ...kept.map((object) => objectLine('keep', object, object.reason)),
  ];
}

function objectLine(label: string, object: ObjectReference, detail = ''): string {
  return line(label, `${printReference(object)}${detail && `: ${detail}`}`);
}

function lines(...parts: readonly (readonly string[])[]): string {
  return `${parts.flat().join('\n')}\n`;
}
