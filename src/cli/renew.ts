import { Command, Option } from 'commander';
import { assertSignable } from '../chain/rules/check';
import { type RenewResult, renew } from '../signing/renew';
import { assertVerified } from '../signing/verify/check';
import { type BundleFlags, bundleArgument, bundleOption, checkChain, needsNoCertificate, readChain } from './bundle';
import { assertIssued } from './issue';
import {
  adoptOption,
  algorithmOption,
  type CertificateFlags,
  certificateOptions,
  durationOption,
  timeOption,
  timeoutOption,
  unverifiedOption,
} from './options';
import { type Format, outputOption, print } from './output';
import type { RenewOutput } from './outputs';
import { say, warn } from './streams';
import { certificateLines, examples, line } from './text';
import { addClusterOptions, type ClusterFlags, withWritten } from './with-cluster';

interface RenewFlags extends ClusterFlags, BundleFlags, CertificateFlags {
  readonly force?: boolean;
  readonly adopt?: boolean;
  readonly unverified?: boolean;
  readonly timeout: number;
  readonly wait?: number;
  readonly requirePolicy?: string;
  readonly output: Format;
}

/** `eggtooth renew`: issue again what is due, for a cron job or a person. */
export function renewCommand(): Command {
  const command = new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .option('--force', 'Renew certificates that are not due, too')
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('Time limit of each API call, of the signer, and of Flux', '30s'))
    .addOption(waitOption())
    .addOption(adoptOption())
    .addOption(unverifiedOption())
    .addOption(policyOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Renew the certificates of the bundle in dist/ that are due', 'eggtooth renew'],
        ['Renew all certificates of two bundles now', 'eggtooth renew one.yaml two.yaml --force'],
        [
          'Renew in a job that may request for the readers only',
          'eggtooth renew --duration 24h --require-policy flux-assets-renewal.platform',
        ],
      ),
    )
    .action(async (paths: readonly string[], flags: RenewFlags) => {
      const { requirePolicy: policy, timeout, wait, force, adopt, unverified, output } = flags;
      const chain = readChain(paths, flags);
      if (needsNoCertificate(chain)) return print<RenewOutput>({ items: [] }, output, () => '');
      const chainIn = checkChain(chain, assertSignable);
      const options = { ...certificateOptions(flags), policy, timeout, wait, force, adopt, unverified };
      const items = await withWritten(flags, async (cluster, onProgress) => {
        const onWait = (reason: string) => say(`waiting: ${reason}`);
        return renew(cluster, [chainIn(cluster)], { ...options, onProgress, onWait, onWarning: warn });
      });
      print<RenewOutput>({ items }, output, () => items.map(printRenewed).join(''));
      assertVerified(
        items.flatMap(({ checks }) => checks.filter(({ check }) => check === 'flux')),
        'the Secrets are written, but Flux has not read with them',
        'check that source-controller runs, and what the status of the HelmRepositories says',
      );
      assertIssued(items, flags);
    });
  return addClusterOptions(command);
}

const policyOption = () =>
  new Option(
    '--require-policy <name>',
    'Fail unless this ValidatingAdmissionPolicy rejects requests for other users, and NAME.secrets other Secrets',
  );

const waitOption = () =>
  timeOption(
    '--wait <time>',
    'How long to wait for what is missing, such as the policy, a permission, or the pod with the charts (default: no wait)',
  );

function printRenewed(result: RenewResult): string {
  const { user, algorithm, notAfter, reason } = result;
  if (result.result === 'not-due') {
    const removed = reason === undefined ? [] : [line('removed', reason, 2)];
    return [`${user}: not due before ${result.renewAt}, valid until ${notAfter}`, ...removed, ''].join('\n');
  }
  return [
    `${user}: ${result.result === 'ca' ? 'CA updated' : `renewed, ${algorithm}`}, valid until ${notAfter}`,
    line('reason', reason ?? '', 2),
    ...certificateLines(result),
    '',
  ].join('\n');
}
