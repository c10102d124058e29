import { Command } from 'commander';
import { collectCertificate } from '../signing/request/collect-certificate';
import { bundleArgument, readChain } from './bundle';
import { assertIssued, printIssued } from './issue';
import { timeoutOption } from './options';
import { type Format, outputOption, print, say } from './output';
import { type ClusterFlags, contextOption, kubeconfigOption, withCluster } from './with-cluster';

interface CollectFlags extends ClusterFlags {
  readonly key: string;
  readonly timeout: number;
  readonly output: Format;
}

/** `eggtooth collect`: the first of two people takes what the second has approved. */
export function collectCommand(): Command {
  return new Command('collect')
    .description('collect the certificate that was approved, check it, write its Secrets, and prove that it reads')
    .addArgument(bundleArgument())
    .argument('[name]', 'the CertificateSigningRequest (default: the one that request made for the key)')
    .requiredOption('--key <file>', 'the file that request wrote the private key to')
    .addOption(timeoutOption('how long to wait for an answer, and for the signer', '30s'))
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .action(async (bundle: string, name: string | undefined, flags: CollectFlags) => {
      const { key: keyFile, timeout, output } = flags;
      const chain = readChain(bundle);
      const result = await withCluster(flags, (cluster, onProgress) =>
        collectCertificate(cluster, chain, { keyFile, name, timeout, onProgress }),
      );
      print(result, output, printIssued);
      assertIssued([result]);
      say(`the key is in the Secrets now; nothing needs the file ${keyFile} any more`);
    });
}
