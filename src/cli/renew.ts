import { Argument, Command } from 'commander';
import { Chain } from '../chain/chain';
import { assertSignable } from '../chain/rules/check';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { readBundle } from '../kubernetes/read-bundle';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import { type RenewResult, renew } from '../signing/renew';
import { assertPolicy } from '../signing/request/assert-policy';
import { assertVerified, checkLine } from './checks';
import { interruptible } from './interruptible';
import { addClusterOptions, algorithmOption, durationOption, policyOption, timeoutOption } from './options';
import { type Format, outputOption, printData } from './output';
import { onProgress } from './talk';

interface RenewFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly force?: boolean;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly duration?: number;
  readonly timeout: number;
  readonly requirePolicy?: string;
  readonly output?: Format;
}

/** `eggtooth renew`: again, where it is due. */
export function renewCommand(): Command {
  const command = new Command('renew')
    .description("renew the reader's certificate if that is due, and wait until Flux has read with it")
    .addArgument(new Argument('[bundle...]', 'files, folders or - with the manifests').default(['dist'], 'dist'))
    .option('--force', 'renew, due or not');
  return addClusterOptions(command)
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('how long to wait for an answer, for the signer, and for Flux', '30s'))
    .addOption(policyOption())
    .addOption(outputOption())
    .action(async (bundles: readonly string[], flags: RenewFlags) => {
      const { keyAlgorithm: algorithm, duration, requirePolicy: policy, timeout, force, output } = flags;
      const chains = bundles.map((bundle) => Chain.fromObjects(readBundle(bundle)));
      for (const chain of chains) assertSignable(chain);
      const cluster = await clusterFromKubeconfig(flags);
      try {
        if (policy !== undefined) await assertPolicy(cluster, { policy, duration });
        const results = await interruptible((reached) => {
          const tell = (step: string) => {
            reached(step);
            onProgress(step);
          };
          return renew(cluster, chains, { algorithm, duration, timeout, force, onProgress: tell });
        });
        if (output === 'json' || output === 'yaml')
          printData(results.length === 1 ? results[0] : { items: results }, output);
        else process.stdout.write(results.map(printResult).join(''));
        assertVerified(results, 'the certificate is renewed', FIX);
      } finally {
        cluster.close();
      }
    });
}

const FIX =
  'see that source-controller runs and that the URL can be reached from here; the old certificate is good until its end';

function printResult(result: RenewResult): string {
  const { user, algorithm, notAfter, fingerprint, secrets, checks, reason } = result;
  if (result.result === 'not-due') return `${user}: not due before ${result.renewAt}, valid until ${notAfter}\n`;
  return [
    `${user}: ${result.result === 'ca' ? 'has taken up the CA' : `renewed, ${algorithm}`}, valid until ${notAfter}`,
    `  reason       ${reason}`,
    `  fingerprint  ${fingerprint}`,
    ...secrets.map(({ namespace, name }) => `  secret       ${namespace}/${name}`),
    ...checks.map(checkLine),
    '',
  ].join('\n');
}
