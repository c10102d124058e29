import { Command } from 'commander';
import { EggtoothError } from '../errors';
import { type ReaderStatus, type SecretStatus, status } from '../signing/status';
import { statusMetrics } from '../signing/status-metrics';
import { type BundleFlags, bundleArgument, bundleOption, needsNoCertificate, readChain } from './bundle';
import { type Format, outputOption, print } from './output';
import type { StatusOutput } from './outputs';
import { writeOut } from './streams';
import { examples, line } from './text';
import { addClusterOptions, type ClusterFlags, withCluster } from './with-cluster';

interface StatusFlags extends ClusterFlags, BundleFlags {
  readonly output: Format | 'prometheus';
}

/** `eggtooth status`: certificates, their Secrets, and drift of permissions. */
export function statusCommand(): Command {
  const command = new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .addOption(outputOption('prometheus'))
    .addHelpText(
      'after',
      examples(
        ['Show the certificates of the bundle in dist/', 'eggtooth status'],
        ['Print the days that are left, for each Secret', "eggtooth status -o json | jq '.items[].secrets[].daysLeft'"],
        ['Write metrics for the textfile collector of node_exporter', 'eggtooth status -o prometheus > eggtooth.prom'],
      ),
    )
    .action(async (paths: readonly string[], { output, ...flags }: StatusFlags) => {
      const chain = readChain(paths, flags);
      const items = needsNoCertificate(chain) ? [] : await withCluster(flags, (cluster) => status(cluster, chain));
      if (output === 'prometheus') writeOut(statusMetrics(items));
      else print<StatusOutput>({ items }, output, () => items.map(printReader).join(''));
      assertGood(items);
    });
  return addClusterOptions(command);
}

function printReader({ user, generation, secrets, same, problems, warnings }: ReaderStatus): string {
  const state = problems.length > 0 ? 'FAILED' : warnings.length > 0 ? 'WARNING' : 'ok';
  const everywhere = same ? '' : ', not the same in all Secrets';
  return [
    `${user}: ${state}, generation ${generation} in the bundle${everywhere}`,
    ...secrets.flatMap(printSecret),
    ...problems.map((problem) => line('FAILED', problem, 2)),
    ...warnings.map((warning) => line('WARNING', warning, 2)),
    '',
  ].join('\n');
}

function printSecret(secret: SecretStatus): readonly string[] {
  const { namespace, name, user, generation, fingerprint, notAfter, daysLeft, due } = secret;
  const where = line('secret', `${namespace}/${name}`, 2);
  if (fingerprint === undefined) return [where];
  const renewal = due === undefined ? '' : due ? ', due for renewal' : ', not due for renewal';
  return [
    where,
    line('user', `${user}, generation ${generation}`, 4),
    line('fingerprint', fingerprint, 4),
    line('valid until', `${notAfter}, ${daysLeft} days left${renewal}`, 4),
  ];
}

/** @throws EggtoothError `ERR_EGGTOOTH_STATUS` naming every problem */
function assertGood(readers: readonly ReaderStatus[]): void {
  const problems = readers.flatMap((reader) => reader.problems);
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  ${problem}`).join('');
  throw new EggtoothError('ERR_EGGTOOTH_STATUS', `the certificates or permissions of the bundle are wrong:${list}`, {
    fix: [...new Set(readers.flatMap(({ fix }) => fix ?? []))].join('; '),
  });
}
