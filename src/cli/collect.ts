import { Command } from 'commander';
import { collectCertificate } from '../signing/request/collect-certificate';
import { type BundleFlags, bundleOption, DEFAULT_BUNDLE, isPath, readChain } from './bundle';
import { assertIssued, printIssued } from './issue';
import { adoptOption, timeoutOption, unverifiedOption } from './options';
import { type Format, outputOption, print } from './output';
import type { CollectOutput } from './outputs';
import { say, warn } from './streams';
import { examples } from './text';
import { addClusterOptions, type ClusterFlags, withWritten } from './with-cluster';

interface CollectFlags extends ClusterFlags, BundleFlags {
  readonly key: string;
  readonly timeout: number;
  readonly adopt?: boolean;
  readonly unverified?: boolean;
  readonly output: Format;
}

/** `eggtooth collect`: the first of two people collects what the second approved. */
export function collectCommand(): Command {
  const command = new Command()
    .usage('[options] [bundle...] [name]')
    .argument(
      '[bundle...]',
      'The bundle (default: dist), then the name of the CertificateSigningRequest (default: the one that request created for the key)',
    )
    .addOption(bundleOption())
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
    .action(async (args: readonly string[], flags: CollectFlags) => {
      const { key: keyFile, timeout, adopt, unverified, output } = flags;
      const { paths, name } = pathsAndName(args, keyFile);
      const chain = readChain(paths, flags);
      const result = await withWritten(flags, (cluster, onProgress) =>
        collectCertificate(cluster, chain, { keyFile, name, timeout, adopt, unverified, onProgress, onWarning: warn }),
      );
      print<CollectOutput>(result, output, printIssued);
      assertIssued([result], flags);
      say(`the file ${keyFile} is no longer needed: the Secrets contain the key`);
    });
  return addClusterOptions(command);
}

/** A name of a request follows the paths of the bundle. The request may have the name of the file of its key. */
function pathsAndName(
  args: readonly string[],
  keyFile: string,
): { readonly paths: readonly string[]; readonly name?: string } {
  const last = args.at(-1);
  if (last === undefined) return { paths: [DEFAULT_BUNDLE] };
  if (last !== keyFile && isPath(last)) return { paths: args };
  return { paths: args.length === 1 ? [DEFAULT_BUNDLE] : args.slice(0, -1), name: last };
}
