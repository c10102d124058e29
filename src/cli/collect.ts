import { Command } from 'commander';
import { Chain } from '../chain/chain';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { readBundle } from '../kubernetes/read-bundle';
import { collectCertificate } from '../signing/request/collect-certificate';
import { assertVerified } from './checks';
import { FIX, printResult } from './issue';
import { addClusterOptions, bundleArgument, timeoutOption } from './options';
import { type Format, outputOption, printData } from './output';
import { onProgress, say } from './talk';

interface CollectFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly key: string;
  readonly timeout: number;
  readonly output?: Format;
}

/** `eggtooth collect`: the first of two people takes what the second has approved. */
export function collectCommand(): Command {
  const command = new Command('collect')
    .description('collect the certificate that was approved, check it, write its Secrets, and prove that it reads')
    .addArgument(bundleArgument())
    .argument('[name]', 'the CertificateSigningRequest (default: the one that request made for the key)')
    .requiredOption('--key <file>', 'the file that request wrote the private key to');
  return addClusterOptions(command)
    .addOption(timeoutOption('how long to wait for an answer, and for the signer', '30s'))
    .addOption(outputOption())
    .action(
      async (bundle: string, name: string | undefined, { key: keyFile, timeout, output, ...flags }: CollectFlags) => {
        const chain = Chain.fromObjects(readBundle(bundle));
        const cluster = await clusterFromKubeconfig(flags);
        try {
          const result = await collectCertificate(cluster, chain, { keyFile, name, timeout, onProgress });
          if (output === 'json' || output === 'yaml') printData(result, output);
          else process.stdout.write(printResult(result));
          assertVerified([result], 'the Secrets are written', FIX);
          say(`the key is in the Secrets now; nothing needs the file ${keyFile} any more`);
        } finally {
          cluster.close();
        }
      },
    );
}
