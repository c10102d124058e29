import { Command } from 'commander';
import type { Cluster } from '../cluster/cluster';
import { type KubeObject, type ObjectReference, printReference } from '../kubernetes/kube-object';
import { readBundle } from '../kubernetes/read-bundle';
import { assertAllReady } from '../migration/assert-ready';
import { cleanUp, planCleanUp } from '../migration/clean-up';
import { type MigrateResult, migrate, planMigrate } from '../migration/migrate';
import { assertVerified } from '../signing/verify/assert-verified';
import { dryRunOption, timeoutOption } from './options';
import { type Format, outputOption, print } from './output';
import { checkLine, line } from './text';
import { type ClusterFlags, contextOption, kubeconfigOption, type OnProgress, withCluster } from './with-cluster';

interface MigrateFlags extends ClusterFlags {
  readonly cleanUp?: boolean;
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: Format;
}

/** `eggtooth migrate`: from the API server's proxy to OCI, in two runs. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring a bundle that takes charts from OCI beside the one that reads them through the API server')
    .argument('<old>', 'the bundle that the cluster has: file, folder or -')
    .argument('<new>', 'the bundle that takes its place')
    .option('--clean-up', 'remove what the old bundle leaves behind, its credential first')
    .addOption(timeoutOption('how long all of it may take', '5m'))
    .addOption(dryRunOption('show what would be applied and removed, write nothing'))
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .action(async (oldPath: string, newPath: string, { kubeconfig, context, ...flags }: MigrateFlags) => {
      const [old, next] = [readBundle(oldPath), readBundle(newPath)];
      const run = flags.cleanUp ? runCleanUp : runMigrate;
      await withCluster({ kubeconfig, context }, (cluster, onProgress) =>
        run(cluster, old, next, { ...flags, onProgress }),
      );
    });
}

type Run = (
  cluster: Cluster,
  old: readonly KubeObject[],
  next: readonly KubeObject[],
  options: Omit<MigrateFlags, keyof ClusterFlags> & { readonly onProgress: OnProgress },
) => Promise<void>;

const runMigrate: Run = async (cluster, old, next, { dryRun, output, ...options }) => {
  if (dryRun) {
    const plan = await planMigrate(cluster, old, next, options);
    return print(plan, output, () =>
      lines(
        plan.apply.map((object) => objectLine('apply', object)),
        cleanUpLines(plan),
      ),
    );
  }
  const result = await migrate(cluster, old, next, options);
  print(result, output, ({ applied, sources }) =>
    lines(
      applied.map((object) => objectLine(object.result, object)),
      sources.map((source) => objectLine(source.ready ? 'ready' : 'WAITING', source, source.detail)),
      cleanUpLines(result),
    ),
  );
  assertAllReady(result.sources);
};

const runCleanUp: Run = async (cluster, old, next, { dryRun, output, ...options }) => {
  if (dryRun) {
    const plan = await planCleanUp(cluster, old, next, options);
    return print(plan, output, () => lines(cleanUpLines(plan)));
  }
  const result = await cleanUp(cluster, old, next, options);
  print(result, output, ({ removed, left, checks }) =>
    lines(
      removed.length === 0 ? ['nothing to remove'] : removed.map((object) => objectLine('removed', object)),
      left.map((object) => objectLine('left', object, object.reason)),
      checks.map((check) => checkLine(check, 0)),
    ),
  );
  assertVerified(
    result.checks,
    'the clean-up is not verified',
    'look who else gives that user rights, or keeps those objects; then run again: what is gone stays gone',
  );
};

function cleanUpLines({ remove, left }: Pick<MigrateResult, 'remove' | 'left'>): readonly string[] {
  if (remove.length === 0) return ['--clean-up has nothing to remove'];
  return [
    '--clean-up will',
    ...remove.map((object) => objectLine('remove', object)),
    ...left.map((object) => objectLine('leave', object, object.reason)),
  ];
}

function objectLine(label: string, object: ObjectReference, detail = ''): string {
  return line(label, `${printReference(object)}${detail && `: ${detail}`}`);
}

function lines(...parts: readonly (readonly string[])[]): string {
  return `${parts.flat().join('\n')}\n`;
}
