import { Command } from 'commander';
import { collectCertificate } from '../signing/request/collect-certificate';
import { bundleArgument, readChain } from './bundle';
import { assertIssued, printIssued } from './issue';
import { adoptOption, timeoutOption, unverifiedOption } from './options';
import { type Format, outputOption, print } from './output';
import type { CollectOutput } from './outputs';
import { say } from './streams';
import { examples } from './text';
import { addClusterOptions, type ClusterFlags, withCluster } from './with-cluster';

interface CollectFlags extends ClusterFlags {
  readonly key: string;
  readonly timeout: number;
  readonly adopt?: boolean;
  readonly unverified?: boolean;
  readonly output: Format;
}

/** `eggtooth collect`: the first of two people collects what the second approved. */
export function collectCommand(): Command {
  const command = new Command()
    .addArgument(bundleArgument())
    .argument('[name]', 'Name of the CertificateSigningRequest (default: the one that request created for the key)')
    .requiredOption('--key <file>', 'File with the private key, as request wrote it')
    .addOption(timeoutOption('Time limit of each API call, and of the signer', '30s'))
    .addOption(adoptOption())
    .addOption(unverifiedOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Collect the certificate of a request', 'eggtooth collect --key tls.key'],
        [
          'Collect the certificate of a request that csr printed',
          'eggtooth collect bundle.yaml assets-reader-1f2e3d4c5b --key tls.key',
        ],
      ),
    )
    .action(async (bundle: string, name: string | undefined, flags: CollectFlags) => {
      const { key: keyFile, timeout, adopt, unverified, output } = flags;
      const chain = readChain(bundle);
      const result = await withCluster(flags, (cluster, onProgress) =>
        collectCertificate(cluster, chain, { keyFile, name, timeout, adopt, unverified, onProgress }),
      );
      print<CollectOutput>(result, output, printIssued);
      assertIssued([result], flags);
      say(`the file ${keyFile} is no longer needed: the Secrets contain the key`);
    });
  return addClusterOptions(command);
}
