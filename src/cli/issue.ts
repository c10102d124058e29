import { Command } from 'commander';
import { Chain } from '../chain/chain';
import { assertSignable } from '../chain/rules/check';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { readBundle } from '../kubernetes/read-bundle';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import { issue } from '../signing/issue';
import type { IssueResult } from '../signing/issue-result';
import { planIssue } from '../signing/plan-issue';
import { assertVerified, checkLine } from './checks';
import { addClusterOptions, algorithmOption, bundleArgument, durationOption, timeoutOption } from './options';
import { type Format, outputOption, printData, printObjects } from './output';
import { onProgress, say } from './talk';

interface IssueFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly duration?: number;
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output?: Format;
}

/** `eggtooth issue`: all seven steps on the current context. */
export function issueCommand(): Command {
  const command = new Command('issue')
    .description("request, approve and collect the reader's certificate, write its Secrets, and prove that it reads")
    .addArgument(bundleArgument());
  return addClusterOptions(command)
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('how long to wait for an answer, and for the signer', '30s'))
    .option('--dry-run', 'show the exact objects, write nothing')
    .addOption(outputOption())
    .action(async (bundle: string, flags: IssueFlags) => {
      const { keyAlgorithm: algorithm, duration, timeout, output } = flags;
      const chain = Chain.fromObjects(readBundle(bundle));
      assertSignable(chain);
      const cluster = await clusterFromKubeconfig(flags);
      try {
        const options = { algorithm, duration, timeout, onProgress };
        if (flags.dryRun) {
          const plans = await planIssue(cluster, chain, options);
          for (const { user, due } of plans)
            say(due === undefined ? `${user}: nothing is due` : `${user}: due, ${due}`);
          printObjects(
            plans.flatMap(({ objects }) => objects),
            output === 'json' ? 'json' : 'yaml',
          );
          return;
        }
        const results = await issue(cluster, chain, options);
        if (output === 'json' || output === 'yaml')
          printData(results.length === 1 ? results[0] : { items: results }, output);
        else process.stdout.write(results.map(printResult).join(''));
        assertVerified(results, 'the Secrets are written', FIX);
      } finally {
        cluster.close();
      }
    });
}

/** Of a certificate that is written and not verified. */
export const FIX =
  'apply the bundle, wait for the assets pod, and run again from where the URL can be reached: nothing is issued twice';

/** The result for people. */
export function printResult({
  user,
  algorithm,
  notAfter,
  csr,
  fingerprint,
  secrets,
  checks,
  unchanged,
}: IssueResult): string {
  return [
    `${user}: ${unchanged ? 'unchanged' : 'issued'}, ${algorithm}, valid until ${notAfter}`,
    `  request      ${csr.name}`,
    `  fingerprint  ${fingerprint}`,
    ...secrets.map(({ namespace, name }) => `  secret       ${namespace}/${name}`),
    ...checks.map(checkLine),
    '',
  ].join('\n');
}
