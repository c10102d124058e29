import { Command, Option } from 'commander';
import { Chain } from '../chain/chain';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { EggtoothError } from '../errors';
import { readBundle } from '../kubernetes/read-bundle';
import { type ReaderStatus, type SecretStatus, status } from '../signing/status';
import { statusMetrics } from '../signing/status-metrics';
import { addClusterOptions, bundleArgument } from './options';
import { type Format, printData } from './output';

interface StatusFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output?: Format | 'prometheus';
}

/** `eggtooth status`: how every certificate stands, everywhere. */
export function statusCommand(): Command {
  const command = new Command('status')
    .description("tell how every reader's certificate stands in every namespace; reads only")
    .addArgument(bundleArgument());
  return addClusterOptions(command)
    .addOption(
      new Option('-o, --output <format>', 'form of the output').choices(['text', 'json', 'yaml', 'prometheus']),
    )
    .action(async (bundle: string, { output = 'text', ...flags }: StatusFlags) => {
      const chain = Chain.fromObjects(readBundle(bundle));
      const cluster = await clusterFromKubeconfig(flags);
      try {
        const readers = await status(cluster, chain);
        if (output === 'text') process.stdout.write(readers.map(printReader).join(''));
        else if (output === 'prometheus') process.stdout.write(statusMetrics(readers));
        else printData({ readers }, output);
        assertGood(readers);
      } finally {
        cluster.close();
      }
    });
}

function printReader({ user, generation, secrets, same, problems, warnings }: ReaderStatus): string {
  const state = problems.length > 0 ? 'FAILED' : warnings.length > 0 ? 'WARNING' : 'good';
  const everywhere = same ? '' : ', not the same everywhere';
  return [
    `${user}: ${state}, generation ${generation} in the bundle${everywhere}`,
    ...secrets.flatMap(printSecret),
    ...problems.map((problem) => `  FAILED       ${problem}`),
    ...warnings.map((warning) => `  WARNING      ${warning}`),
    '',
  ].join('\n');
}

function printSecret(secret: SecretStatus): readonly string[] {
  const { namespace, name, user, generation, fingerprint, notAfter, daysLeft, due } = secret;
  const line = `  secret       ${namespace}/${name}`;
  if (fingerprint === undefined) return [line];
  const renewal = due === undefined ? '' : due ? ', due for renewal' : ', not due';
  return [
    line,
    `    user         ${user}, generation ${generation}`,
    `    fingerprint  ${fingerprint}`,
    `    ends         ${notAfter}, ${daysLeft} days left${renewal}`,
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
