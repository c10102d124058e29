import { Command } from 'commander';
import { quote } from '../errors';
import { requestCertificate } from '../signing/request/request-certificate';
import { type BundleFlags, bundleArgument, bundleOption, readChain } from './bundle';
import { algorithmOption, type CertificateFlags, certificateOptions, durationOption, readerOption } from './options';
import { type Format, outputOption, print } from './output';
import type { RequestOutput } from './outputs';
import { say } from './streams';
import { examples, line } from './text';
import { addClusterOptions, type ClusterFlags, withWritten } from './with-cluster';

interface RequestFlags extends ClusterFlags, BundleFlags, CertificateFlags {
  readonly keyOut: string;
  readonly reader?: string;
  readonly output: Format;
}

/** `eggtooth request`: the first of two people creates the key and its request. */
export function requestCommand(): Command {
  const command = new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .requiredOption(
      '--key-out <file>',
      'File for the private key (mode 0600, never overwritten); an existing key is reused',
    )
    .addOption(readerOption())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Request a certificate for the reader of the bundle in dist/', 'eggtooth request --key-out tls.key'],
        [
          'Request a certificate that is valid for 30 days',
          'eggtooth request bundle.yaml --key-out tls.key --duration 30d',
        ],
      ),
    )
    .action(async (paths: readonly string[], flags: RequestFlags) => {
      const { keyOut: keyFile, reader: user, output } = flags;
      const chain = readChain(paths, flags);
      const { request: _, ...result } = await withWritten(flags, (cluster, onProgress) => {
        onProgress(`requesting a certificate for the key in ${keyFile}`);
        return requestCertificate(cluster, chain, { keyFile, user, ...certificateOptions(flags) });
      });
      const { name, sha256, state } = result;
      print<RequestOutput>(result, output, printRequest);
      say(
        state === 'pending'
          ? `next: within 24 h, somebody else runs: eggtooth approve ${name} --expect ${sha256}`
          : `next: within 1 h of the approval, run: eggtooth collect --key ${keyFile}`,
      );
    });
  return addClusterOptions(command);
}

/** Prints a request for people: what the two of them compare. */
export function printRequest(request: Omit<RequestOutput, 'unchanged'>): string {
  const { name, uid, user, algorithm, sha256, requestedBy, createdAt, expirationSeconds, state } = request;
  return [
    line('name', quote(name)),
    line('uid', quote(uid)),
    line('user', quote(user)),
    line('sha-256', sha256),
    line('key', algorithm),
    line('duration', expirationSeconds === undefined ? 'set by the cluster' : `${expirationSeconds} s`),
    line('requested by', quote(`${requestedBy}, ${createdAt}`)),
    line('state', state),
    '',
  ].join('\n');
}
