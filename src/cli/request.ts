import { Command } from 'commander';
import { quote } from '../errors';
import { requestCertificate } from '../signing/request/request-certificate';
import type { RequestSummary } from '../signing/request/request-summary';
import { bundleArgument, readChain } from './bundle';
import { algorithmOption, type CertificateFlags, certificateOptions, durationOption, userOption } from './options';
import { type Format, outputOption, print, say } from './output';
import { line } from './text';
import { type ClusterFlags, contextOption, kubeconfigOption, withCluster } from './with-cluster';

interface RequestFlags extends ClusterFlags, CertificateFlags {
  readonly keyOut: string;
  readonly user?: string;
  readonly output: Format;
}

/** `eggtooth request`: the first of two people makes the key and registers its request. */
export function requestCommand(): Command {
  return new Command('request')
    .description('make a key and register the request for its certificate, which somebody else approves')
    .addArgument(bundleArgument())
    .requiredOption(
      '--key-out <file>',
      'file for the private key (0600, never overwritten); a key in it is gone on with',
    )
    .addOption(userOption())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .action(async (bundle: string, flags: RequestFlags) => {
      const { keyOut: keyFile, user, output } = flags;
      const chain = readChain(bundle);
      const { request: _, ...result } = await withCluster(flags, (cluster, onProgress) => {
        onProgress(`requesting a certificate for the key in ${keyFile}`);
        return requestCertificate(cluster, chain, { keyFile, user, ...certificateOptions(flags) });
      });
      const { name, sha256, state } = result;
      print(result, output, printRequest);
      say(
        state === 'pending'
          ? `next: somebody else runs, within 24 h: eggtooth approve ${name} --expect ${sha256}`
          : `next, within 1 h of the approval: eggtooth collect --key ${keyFile}`,
      );
    });
}

/** A request for people: what the two of them compare. */
export function printRequest(request: Omit<RequestSummary, 'request'>): string {
  const { name, uid, user, algorithm, sha256, requestedBy, createdAt, expirationSeconds, state } = request;
  return [
    line('name', quote(name)),
    line('uid', quote(uid)),
    line('user', quote(user)),
    line('sha-256', sha256),
    line('key', algorithm),
    line('duration', expirationSeconds === undefined ? "the cluster's own" : `${expirationSeconds} s`),
    line('made by', quote(`${requestedBy}, ${createdAt}`)),
    line('state', state),
    '',
  ].join('\n');
}
