import { Command, Option } from 'commander';
import { assertSignable } from '../chain/rules/check';
import { type RevokeResult, revoke } from '../signing/revoke';
import { assertVerified } from '../signing/verify/check';
import { type BundleFlags, bundleArgument, bundleOption, checkChain, readChain } from './bundle';
import {
  algorithmOption,
  type CertificateFlags,
  certificateOptions,
  durationOption,
  parseMilliseconds,
  timeoutOption,
} from './options';
import { type Format, outputOption, print } from './output';
import type { RevokeOutput } from './outputs';
import { warn } from './streams';
import { certificateLines, examples, line } from './text';
import { addClusterOptions, type ClusterFlags, withWritten } from './with-cluster';

interface RevokeFlags extends ClusterFlags, BundleFlags, CertificateFlags {
  readonly timeout: number;
  readonly grace: number;
  readonly output: Format;
}

/** `eggtooth revoke`: the next generation of a reader replaces the current one, which loses its permissions. */
export function revokeCommand(): Command {
  const command = new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('Time limit of each API call, of the signer, and of Flux', '30s'))
    .addOption(graceOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Revoke the certificates of the bundle in dist/', 'eggtooth revoke'],
        [
          'Revoke a stolen certificate at once, even if Flux fails for a minute',
          'eggtooth revoke bundle.yaml --grace 0s',
        ],
      ),
    )
    .action(async (paths: readonly string[], flags: RevokeFlags) => {
      const { timeout, grace, output } = flags;
      const chainIn = checkChain(readChain(paths, flags), assertSignable, { warn: false });
      const items = await withWritten(flags, (cluster, onProgress) =>
        revoke(cluster, chainIn(cluster), {
          ...certificateOptions(flags),
          timeout,
          grace,
          onProgress,
          onWarning: warn,
        }),
      );
      print<RevokeOutput>({ items }, output, () => items.map(printRevoked).join(''));
      assertVerified(
        items.flatMap(({ checks }) => checks),
        'the permissions of the old user are removed, but not everything is verified',
        'check who else grants the old user permissions, and that source-controller runs; then run the command again',
      );
    });
  return addClusterOptions(command);
}

/** In milliseconds. */
const graceOption = () =>
  new Option(
    '--grace <time>',
    'Time that the old user keeps its permissions after Flux has read with the new certificate',
  )
    .default(65_000, '65s')
    .argParser(parseMilliseconds);

function printRevoked(result: RevokeResult): string {
  const { user, revoked, algorithm, notAfter, change } = result;
  return [
    `${revoked}: revoked, replaced by ${user}, ${algorithm}, valid until ${notAfter}`,
    ...certificateLines(result),
    line('next', change, 2),
    line(
      '',
      'until then, up, issue and renew refuse the bundle, and kubectl apply of it restores the old permissions',
      2,
    ),
    '',
  ].join('\n');
}
