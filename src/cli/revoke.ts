import { Command } from 'commander';
import { Chain } from '../chain/chain';
import { assertSignable } from '../chain/rules/check';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { readBundle } from '../kubernetes/read-bundle';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import { type RevokeResult, revoke } from '../signing/revoke';
import { assertVerified, checkLine } from './checks';
import { interruptible } from './interruptible';
import {
  addClusterOptions,
  algorithmOption,
  bundleArgument,
  durationOption,
  graceOption,
  timeoutOption,
} from './options';
import { type Format, outputOption, printData } from './output';
import { onProgress } from './talk';

interface RevokeFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly duration?: number;
  readonly timeout: number;
  readonly grace: number;
  readonly output?: Format;
}

/** `eggtooth revoke`: the next generation takes over, and the old one can read no longer. */
export function revokeCommand(): Command {
  const command = new Command('revoke')
    .description("give the reader's next generation a certificate, and take the rights of the old one away")
    .addArgument(bundleArgument());
  return addClusterOptions(command)
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('how long to wait for an answer, for the signer, and for Flux', '30s'))
    .addOption(graceOption())
    .addOption(outputOption())
    .action(async (bundle: string, flags: RevokeFlags) => {
      const { keyAlgorithm: algorithm, duration, timeout, grace, output } = flags;
      const chain = Chain.fromObjects(readBundle(bundle));
      assertSignable(chain);
      const cluster = await clusterFromKubeconfig(flags);
      try {
        const results = await interruptible((reached) => {
          const tell = (step: string) => {
            reached(step);
            onProgress(step);
          };
          return revoke(cluster, chain, { algorithm, duration, timeout, grace, onProgress: tell });
        });
        if (output === 'json' || output === 'yaml')
          printData(results.length === 1 ? results[0] : { items: results }, output);
        else process.stdout.write(results.map(printResult).join(''));
        assertVerified(results, 'the old rights are taken away', FIX);
      } finally {
        cluster.close();
      }
    });
}

const FIX = 'look who else gives the old user rights, and that source-controller runs; then run again';

function printResult({
  user,
  revoked,
  algorithm,
  notAfter,
  fingerprint,
  secrets,
  checks,
  change,
}: RevokeResult): string {
  return [
    `${revoked}: revoked; ${user} reads in its place, ${algorithm}, valid until ${notAfter}`,
    `  fingerprint  ${fingerprint}`,
    ...secrets.map(({ namespace, name }) => `  secret       ${namespace}/${name}`),
    ...checks.map(checkLine),
    `now ${change}`,
    '  until then up, issue and renew refuse the bundle, and whatever else applies it gives the old user its rights back',
    '',
  ].join('\n');
}
