import { Command } from 'commander';
import { Chain } from '../chain/chain';
import { readBundle } from '../kubernetes/read-bundle';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import { csr } from '../signing/request/csr';
import { writeKeyFile } from '../signing/request/key-file';
import { algorithmOption, bundleArgument, durationOption } from './options';
import { type Format, outputOption, printObjects } from './output';

interface CsrFlags {
  readonly keyOut: string;
  readonly user?: string;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly duration?: number;
  readonly output?: Format;
}

/** `eggtooth csr`: the request alone, offline. */
export function csrCommand(): Command {
  return new Command('csr')
    .description("print the CertificateSigningRequest for the bundle's reader; offline, the key goes to a file")
    .addArgument(bundleArgument())
    .requiredOption('--key-out <file>', 'new file for the private key (0600, never overwritten)')
    .option('--user <name>', 'which reader, if the bundle has several')
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(outputOption())
    .action(async (bundle: string, { keyOut, user, keyAlgorithm, duration, output }: CsrFlags) => {
      const chain = Chain.fromObjects(readBundle(bundle));
      const { manifest, privateKey } = await csr(chain, { user, algorithm: keyAlgorithm, duration });
      writeKeyFile(keyOut, privateKey);
      printObjects([manifest], output === 'json' ? 'json' : 'yaml');
    });
}
