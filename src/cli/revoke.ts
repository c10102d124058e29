import { Command, Option } from 'commander';
import { assertSignable } from '../chain/rules/check';
import { type RevokeResult, revoke } from '../signing/revoke';
import { assertVerified } from '../signing/verify/assert-verified';
import { bundleArgument, readChain } from './bundle';
import {
  algorithmOption,
  type CertificateFlags,
  certificateOptions,
  durationOption,
  parseSeconds,
  timeoutOption,
} from './options';
import { type Format, outputOption, print } from './output';
import { certificateLines } from './text';
import { type ClusterFlags, contextOption, kubeconfigOption, withCluster } from './with-cluster';

interface RevokeFlags extends ClusterFlags, CertificateFlags {
  readonly timeout: number;
  readonly grace: number;
  readonly output: Format;
}

/** `eggtooth revoke`: the next generation takes over, and the old one can read no longer. */
export function revokeCommand(): Command {
  return new Command('revoke')
    .description("give the reader's next generation a certificate, and take the rights of the old one away")
    .addArgument(bundleArgument())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('how long to wait for an answer, for the signer, and for Flux', '30s'))
    .addOption(graceOption())
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .action(async (bundle: string, flags: RevokeFlags) => {
      const { timeout, grace, output } = flags;
      const chain = readChain(bundle);
      assertSignable(chain);
      const items = await withCluster(flags, (cluster, onProgress) =>
        revoke(cluster, chain, { ...certificateOptions(flags), timeout, grace, onProgress }),
      );
      print({ items }, output, () => items.map(printRevoked).join(''));
      assertVerified(
        items.flatMap(({ checks }) => checks),
        'the old rights are taken away, and reading is not verified',
        'look who else gives the old user rights, and that source-controller runs; then run again',
      );
    });
}

/** In milliseconds. */
const graceOption = () =>
  new Option('--grace <time>', 'how long the old user keeps its rights once Flux has read with the new certificate')
    .default(65_000, '65s')
    .argParser((text) => parseSeconds(text) * 1000);

function printRevoked(result: RevokeResult): string {
  const { user, revoked, algorithm, notAfter, change } = result;
  return [
    `${revoked}: revoked; ${user} reads in its place, ${algorithm}, valid until ${notAfter}`,
    ...certificateLines(result),
    `now ${change}`,
    '  until then up, issue and renew refuse the bundle, and whatever else applies it gives the old user its rights back',
    '',
  ].join('\n');
}
