import { Command } from 'commander';
import { Chain } from '../chain/chain';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { readBundle } from '../kubernetes/read-bundle';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import { requestCertificate } from '../signing/request/request-certificate';
import { addClusterOptions, algorithmOption, bundleArgument, durationOption } from './options';
import { type Format, outputOption, printData } from './output';
import { printRequest, requestData } from './request-text';
import { say } from './talk';

interface RequestFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly keyOut: string;
  readonly user?: string;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly duration?: number;
  readonly output?: Format;
}

/** `eggtooth request`: the first of two people makes the key and registers its request. */
export function requestCommand(): Command {
  const command = new Command('request')
    .description('make a key and register the request for its certificate, which somebody else approves')
    .addArgument(bundleArgument())
    .requiredOption(
      '--key-out <file>',
      'file for the private key (0600, never overwritten); a key in it is gone on with',
    )
    .option('--user <name>', 'which reader, if the bundle has several');
  return addClusterOptions(command)
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(outputOption())
    .action(
      async (bundle: string, { keyOut: keyFile, keyAlgorithm, duration, user, output, ...flags }: RequestFlags) => {
        const chain = Chain.fromObjects(readBundle(bundle));
        const cluster = await clusterFromKubeconfig(flags);
        try {
          const options = { keyFile, user, algorithm: keyAlgorithm, duration };
          const request = await requestCertificate(cluster, chain, options);
          const { name, sha256, state, unchanged } = request;
          if (output === 'json' || output === 'yaml') printData({ ...requestData(request), unchanged }, output);
          else process.stdout.write(printRequest(request));
          say(
            state === 'pending'
              ? `next: somebody else runs, within 24 h: eggtooth approve ${name} --expect ${sha256}`
              : `next, within 1 h of the approval: eggtooth collect --key ${keyFile}`,
          );
        } finally {
          cluster.close();
        }
      },
    );
}
