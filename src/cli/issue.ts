import { Command } from 'commander';
import { assertSignable } from '../chain/rules/check';
import { printYaml } from '../kubernetes/yaml/print-yaml';
import { issue } from '../signing/issue';
import type { IssueResult } from '../signing/issue-result';
import { planIssue } from '../signing/plan-issue';
import { assertVerified, printOutcome } from '../signing/verify/check';
import type { VerificationOptions } from '../signing/verify/verify-before-write';
import { type BundleFlags, bundleArgument, bundleOption, checkChain, needsNoCertificate, readChain } from './bundle';
import {
  adoptOption,
  algorithmOption,
  type CertificateFlags,
  certificateOptions,
  dryRunOption,
  durationOption,
  timeoutOption,
  unverifiedOption,
} from './options';
import { type Format, outputOption, print } from './output';
import type { IssueDryRunOutput, IssueOutput } from './outputs';
import { say, warn } from './streams';
import { certificateLines, examples, line } from './text';
import { addClusterOptions, type ClusterFlags, withCluster, withWritten } from './with-cluster';

interface IssueFlags extends ClusterFlags, BundleFlags, CertificateFlags {
  readonly timeout: number;
  readonly adopt?: boolean;
  readonly unverified?: boolean;
  readonly dryRun?: boolean;
  readonly output: Format;
}

/** `eggtooth issue`: request, approve and collect by one person. */
export function issueCommand(): Command {
  const command = new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('Time limit of each API call, and of the signer', '30s'))
    .addOption(adoptOption())
    .addOption(unverifiedOption())
    .addOption(dryRunOption('Print the objects that would be written, without private keys, and write nothing'))
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Issue the certificates of the bundle in dist/', 'eggtooth issue'],
        ['Issue certificates that are valid for 30 days', 'eggtooth issue bundle.yaml --duration 30d'],
        ['Take over a Secret that somebody else created', 'eggtooth issue --adopt'],
        ['Print the objects that would be written as JSON', 'eggtooth issue --dry-run -o json'],
      ),
    )
    .action(async (paths: readonly string[], flags: IssueFlags) => {
      const chain = readChain(paths, flags);
      if (needsNoCertificate(chain)) return printNothing(flags);
      const chainIn = checkChain(chain, assertSignable);
      const { timeout, adopt, unverified } = flags;
      const options = { ...certificateOptions(flags), timeout, adopt, unverified };
      if (flags.dryRun) {
        const plans = await withCluster(flags, (cluster) => planIssue(cluster, chainIn(cluster), options));
        for (const { user, due } of plans) say(`${user}: ${due === undefined ? 'nothing is due' : `due, ${due}`}`);
        const list: IssueDryRunOutput = {
          apiVersion: 'v1',
          kind: 'List',
          items: plans.flatMap(({ objects }) => objects),
        };
        return print(list, flags.output, ({ items }) => items.map(printYaml).join('---\n'));
      }
      const items = await withWritten(flags, (cluster, onProgress) =>
        issue(cluster, chainIn(cluster), { ...options, onProgress, onWarning: warn }),
      );
      print<IssueOutput>({ items }, flags.output, () => items.map(printIssued).join(''));
      assertIssued(items, flags);
    });
  return addClusterOptions(command);
}

/** Prints the result for a bundle that needs no certificate. */
function printNothing({ dryRun, output }: IssueFlags): void {
  if (dryRun) print<IssueDryRunOutput>({ apiVersion: 'v1', kind: 'List', items: [] }, output, () => '');
  else print<IssueOutput>({ items: [] }, output, () => '');
}

/** Prints an issued certificate for people. */
export function printIssued(result: IssueResult): string {
  const { user, algorithm, notAfter, csr, unchanged } = result;
  return [
    `${user}: ${unchanged ? 'unchanged' : 'issued'}, ${algorithm}, valid until ${notAfter}`,
    ...(csr === undefined ? [] : [line('request', csr.name, 2)]),
    ...certificateLines(result),
    '',
  ].join('\n');
}

/**
 * Reports what is not verified.
 * @throws EggtoothError `ERR_EGGTOOTH_VERIFICATION` if the Secrets were not to be written, and reading fails
 */
export function assertIssued(results: readonly IssueResult[], { unverified = false }: VerificationOptions): void {
  for (const { user, checks, unchanged } of results) {
    const failed = checks.filter(({ ok }) => !ok);
    if (failed.length === 0) continue;
    if (!unverified) {
      assertVerified(
        failed,
        'the Secrets hold a valid certificate, but reading is not verified',
        'apply the bundle, wait for the assets pod, then run the command again',
      );
    }
    say(`warning: ${user}: the Secrets are ${unchanged ? 'unchanged' : 'written'}, and not verified:`);
    for (const check of failed) say(`  ${printOutcome(check)}`);
  }
}
