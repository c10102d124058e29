import { Command } from 'commander';
import { EggtoothError } from '../errors';
import { type ReaderStatus, type SecretStatus, status } from '../signing/status';
import { statusMetrics } from '../signing/status-metrics';
import { bundleArgument, readChain } from './bundle';
import { type Format, outputOption, print } from './output';
import { line } from './text';
import { type ClusterFlags, contextOption, kubeconfigOption, withCluster } from './with-cluster';

interface StatusFlags extends ClusterFlags {
  readonly output: Format | 'prometheus';
}

/** `eggtooth status`: how every certificate stands, everywhere. */
export function statusCommand(): Command {
  return new Command('status')
    .description("tell how every reader's certificate stands in every namespace; reads only")
    .addArgument(bundleArgument())
    .addOption(outputOption('prometheus'))
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .action(async (bundle: string, { output, ...flags }: StatusFlags) => {
      const chain = readChain(bundle);
      const items = await withCluster(flags, (cluster) => status(cluster, chain));
      if (output === 'prometheus') process.stdout.write(statusMetrics(items, new Date()));
      else print({ items }, output, () => items.map(printReader).join(''));
      assertGood(items);
    });
}

function printReader({ user, generation, secrets, same, problems, warnings }: ReaderStatus): string {
  const state = problems.length > 0 ? 'FAILED' : warnings.length > 0 ? 'WARNING' : 'good';
  const everywhere = same ? '' : ', not the same everywhere';
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
  const renewal = due === undefined ? '' : due ? ', due for renewal' : ', not due';
  return [
    where,
    line('user', `${user}, generation ${generation}`, 4),
    line('fingerprint', fingerprint, 4),
    line('ends', `${notAfter}, ${daysLeft} days left${renewal}`, 4),
  ];
}

/** @throws EggtoothError `ERR_EGGTOOTH_STATUS` naming every problem */
function assertGood(readers: readonly ReaderStatus[]): void {
  const problems = readers.flatMap((reader) => reader.problems);
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  ${problem}`).join('');
  throw new EggtoothError('ERR_EGGTOOTH_STATUS', `not every reader has a good certificate:${list}`, {
    fix: 'eggtooth issue mends what is missing, expired or wrong; where generations differ, bring bundle and cluster together first',
  });
}
