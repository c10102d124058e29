import { Argument, Command, Option } from 'commander';
import { assertSignable } from '../chain/rules/check';
import { type RenewResult, renew } from '../signing/renew';
import { assertPolicy } from '../signing/request/assert-policy';
import { assertVerified } from '../signing/verify/assert-verified';
import { DEFAULT_BUNDLE, printWarnings, readChain } from './bundle';
import { algorithmOption, type CertificateFlags, certificateOptions, durationOption, timeoutOption } from './options';
import { type Format, outputOption, print } from './output';
import { certificateLines, line } from './text';
import { type ClusterFlags, contextOption, kubeconfigOption, withCluster } from './with-cluster';

interface RenewFlags extends ClusterFlags, CertificateFlags {
  readonly force?: boolean;
  readonly timeout: number;
  readonly requirePolicy?: string;
  readonly output: Format;
}

/** `eggtooth renew`: again, where it is due. */
export function renewCommand(): Command {
  return new Command('renew')
    .description("renew the reader's certificate if that is due, and wait until Flux has read with it")
    .addArgument(
      new Argument('[bundle...]', 'files, folders or - with the manifests').default([DEFAULT_BUNDLE], DEFAULT_BUNDLE),
    )
    .option('--force', 'renew, due or not')
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('how long to wait for an answer, for the signer, and for Flux', '30s'))
    .addOption(policyOption())
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .action(async (bundles: readonly string[], flags: RenewFlags) => {
      const { requirePolicy: policy, timeout, force, output } = flags;
      const chains = bundles.map(readChain);
      printWarnings(chains);
      for (const chain of chains) assertSignable(chain);
      const options = { ...certificateOptions(flags), timeout, force };
      const items = await withCluster(flags, async (cluster, onProgress) => {
        if (policy !== undefined) await assertPolicy(cluster, { policy, expirationSeconds: options.expirationSeconds });
        return renew(cluster, chains, { ...options, onProgress });
      });
      print({ items }, output, () => items.map(printRenewed).join(''));
      assertVerified(
        items.flatMap(({ checks }) => checks),
        'the certificate is renewed, and reading is not verified',
        'see that source-controller runs and that the URL can be reached from here; the old certificate is good until its end',
      );
    });
}

const policyOption = () =>
  new Option(
    '--require-policy <name>',
    'do nothing unless this ValidatingAdmissionPolicy refuses requests for other users',
  );

function printRenewed(result: RenewResult): string {
  const { user, algorithm, notAfter, reason } = result;
  if (result.result === 'not-due') return `${user}: not due before ${result.renewAt}, valid until ${notAfter}\n`;
  return [
    `${user}: ${result.result === 'ca' ? 'has taken up the CA' : `renewed, ${algorithm}`}, valid until ${notAfter}`,
    line('reason', reason ?? '', 2),
    ...certificateLines(result),
    '',
  ].join('\n');
}
