import { Command } from 'commander';
import { printYaml } from '../kubernetes/yaml/print-yaml';
import { csr } from '../signing/request/csr';
import { writeKeyFile } from '../signing/request/key-file';
import { type BundleFlags, bundleArgument, bundleOption, printWarnings, readChain } from './bundle';
import { algorithmOption, type CertificateFlags, certificateOptions, durationOption, readerOption } from './options';
import { type Format, outputOption, print } from './output';
import type { CsrOutput } from './outputs';
import { examples } from './text';

interface CsrFlags extends CertificateFlags, BundleFlags {
  readonly keyOut: string;
  readonly reader?: string;
  readonly output: Format;
}

/** `eggtooth csr`: a request for kubectl, made offline. */
export function csrCommand(): Command {
  return new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .requiredOption('--key-out <file>', 'New file for the private key (mode 0600, never overwritten)')
    .addOption(readerOption())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Register a request with kubectl', 'eggtooth csr --key-out tls.key | kubectl create -f -'],
        [
          'Request an RSA key for one of several readers',
          'eggtooth csr bundle.yaml --key-out tls.key --reader shop-reader --key-algorithm RSA',
        ],
      ),
    )
    .action(async (paths: readonly string[], { keyOut, reader: user, output, ...flags }: CsrFlags) => {
      const chain = readChain(paths, flags);
      printWarnings(chain);
      const { manifest, privateKey } = await csr(chain, { user, ...certificateOptions(flags) });
      writeKeyFile(keyOut, privateKey, { duration: manifest.spec.expirationSeconds });
      print<CsrOutput>(manifest, output, printYaml);
    });
}
