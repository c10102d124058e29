import { Command } from 'commander';
import { stringify } from 'yaml';
import { csr } from '../signing/request/csr';
import { writeKeyFile } from '../signing/request/key-file';
import { bundleArgument, printWarnings, readChain } from './bundle';
import { algorithmOption, type CertificateFlags, certificateOptions, durationOption, userOption } from './options';
import { type Format, outputOption, print } from './output';

interface CsrFlags extends CertificateFlags {
  readonly keyOut: string;
  readonly user?: string;
  readonly output: Format;
}

/** `eggtooth csr`: the request alone, offline. */
export function csrCommand(): Command {
  return new Command('csr')
    .description("print the CertificateSigningRequest for the bundle's reader; offline, the key goes to a file")
    .addArgument(bundleArgument())
    .requiredOption('--key-out <file>', 'new file for the private key (0600, never overwritten)')
    .addOption(userOption())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(outputOption())
    .action(async (bundle: string, { keyOut, user, output, ...flags }: CsrFlags) => {
      const chain = readChain(bundle);
      printWarnings([chain]);
      const { manifest, privateKey } = await csr(chain, { user, ...certificateOptions(flags) });
      writeKeyFile(keyOut, privateKey);
      print(manifest, output, stringify);
    });
}
