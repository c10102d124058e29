import { Command } from 'commander';
import { EggtoothError } from '../errors';
import { printYaml } from '../kubernetes/yaml/print-yaml';
import { readCaFiles } from '../signing/ca-files';
import { type SignResult, sign } from '../signing/sign';
import { type BundleFlags, bundleArgument, bundleOption, printWarnings, readChain } from './bundle';
import {
  algorithmOption,
  type CertificateFlags,
  certificateOptions,
  certificateTimeOption,
  durationOption,
} from './options';
import { type Format, outputOption, print } from './output';
import type { SignOutput } from './outputs';
import { say } from './streams';
import { examples, line } from './text';

interface SignFlags extends CertificateFlags, BundleFlags {
  readonly caCert: string;
  readonly caKey: string;
  readonly maxDuration?: number;
  readonly output: Format;
}

/** `eggtooth sign`: the Secrets of a bundle, made offline with the CA of the cluster. */
export function signCommand(): Command {
  return new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .requiredOption('--ca-cert <file>', 'Certificate of the CA that the API server accepts client certificates of, PEM')
    .requiredOption('--ca-key <file>', 'Private key of the CA, PEM, in a file that only you may read')
    .addOption(algorithmOption())
    .addOption(
      durationOption(
        "Duration of the certificates, at most the bundle's, such as 30d (default: the bundle's; required if it states none)",
      ),
    )
    .addOption(certificateTimeOption('--max-duration <time>', 'Longest duration to sign (default: 90d)'))
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        [
          'Print the Secrets of the bundle in dist/, encrypted for Git',
          "eggtooth sign --ca-cert ca.crt --ca-key ca.key | sops encrypt --age AGE1... --encrypted-regex '^(data|stringData)$' --filename-override secrets.sops.yaml > secrets.sops.yaml",
        ],
        [
          'Apply them, for a week, without a file',
          'eggtooth sign --ca-cert ca.crt --ca-key ca.key --duration 7d | kubectl apply --server-side -f -',
        ],
      ),
    )
    .action(async (paths: readonly string[], { caCert, caKey, maxDuration, output, ...flags }: SignFlags) => {
      assertNoTerminal();
      const chain = readChain(paths, flags);
      printWarnings(chain);
      const ca = readCaFiles({ certificate: caCert, key: caKey });
      const results = await sign(chain, { ...ca, ...certificateOptions(flags), maxDuration });
      const items = results.flatMap(({ secrets }) => secrets);
      print<SignOutput>({ apiVersion: 'v1', kind: 'List', items }, output, () => items.map(printYaml).join('---\n'));
      for (const result of results) say(describe(result));
    });
}

/** @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the private keys would be shown on a terminal */
function assertNoTerminal(): void {
  if (!process.stdout.isTTY) return;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', 'the Secrets hold private keys, and standard output is a terminal', {
    fix: 'pipe them into sops or kubectl apply --server-side -f -, or redirect them to a file that only you may read: (umask 077; eggtooth sign ... > secrets.yaml)',
  });
}

/** What was signed, without anything of the key. */
function describe({ user, algorithm, fingerprint, notAfter, secrets, assumedEndpoints }: SignResult): string {
  return [
    `${user}: signed, ${algorithm}, valid until ${notAfter.toISOString()}`,
    line('fingerprint', fingerprint, 2),
    ...secrets.map(({ metadata: { namespace, name } }) => line('secret', `${namespace}/${name}`, 2)),
    line('ca.crt', caSource(assumedEndpoints), 2),
  ].join('\n');
}

function caSource(assumedEndpoints: readonly string[]): string {
  if (assumedEndpoints.length === 0) return 'the CA that the bundle states';
  const urls = assumedEndpoints.join(', ');
  return `the certificates of --ca-cert, since the bundle states no CA for ${urls}: one of them must verify the API server too`;
}
