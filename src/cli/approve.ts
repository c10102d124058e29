import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EggtoothError } from '../errors';
import { approveRequest } from '../signing/request/approve-request';
import { reviewRequest } from '../signing/request/review-request';
import { type BundleFlags, bundleOption, DEFAULT_BUNDLE, isPath, readChain } from './bundle';
import { durationOption } from './options';
import { type Format, outputOption, print } from './output';
import type { ApproveOutput } from './outputs';
import { printRequest } from './request';
import { say, writeOut } from './streams';
import { examples } from './text';
import { addClusterOptions, type ClusterFlags, withWritten } from './with-cluster';

interface ApproveFlags extends ClusterFlags, BundleFlags {
  readonly expect?: string;
  readonly duration?: number;
  readonly output: Format;
}

/** `eggtooth approve`: the second of two people approves what the first requested. */
export function approveCommand(): Command {
  const command = new Command()
    .usage('[options] [bundle...] <name>')
    .argument('<name...>', 'The bundle (default: dist), then the name of the CertificateSigningRequest')
    .addOption(bundleOption())
    .addOption(expectOption())
    .addOption(durationOption("Longest duration to approve, such as 30d or 720h (default: the bundle's, or any)"))
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Show a request, and ask whether to approve it', 'eggtooth approve assets-reader-1f2e3d4c5b'],
        [
          'Approve exactly the request that somebody told you of',
          'eggtooth approve bundle.yaml assets-reader-1f2e3d4c5b --expect e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        ],
      ),
    )
    .action(async (args: readonly string[], { bundle, expect, duration, output, ...flags }: ApproveFlags) => {
      const { paths, name } = pathsAndName(args);
      const chain = readChain(paths, { bundle });
      await withWritten(flags, async (cluster, onProgress) => {
        const reviewed = await reviewRequest(cluster, chain, { name, expect, duration });
        const { request: _, ...summary } = reviewed;
        if (output === 'text') writeOut(printRequest(summary));
        else if (expect === undefined) say(printRequest(summary).trimEnd());
        if (expect === undefined) await ask(name);
        onProgress(`approving ${name}`);
        await approveRequest(cluster, reviewed, { users: [reviewed.user], duration });
        const unchanged = summary.state !== 'pending';
        const result = { ...summary, state: unchanged ? summary.state : 'approved', unchanged };
        print<ApproveOutput>(result, output, () => (unchanged ? 'approved already\n' : 'approved\n'));
      });
    });
  return addClusterOptions(command);
}

const expectOption = () =>
  new Option(
    '--expect <sha256>',
    'SHA-256 that request printed: of uid, signer, usages, duration, request and creator (default: ask)',
  ).argParser((text) => {
    if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('Write 64 lowercase hexadecimal digits.');
    return text;
  });

/** @throws EggtoothError `ERR_EGGTOOTH_OPTION` if a bundle is given, but no name */
function pathsAndName(args: readonly string[]): { readonly paths: readonly string[]; readonly name: string } {
  const name = args.at(-1) ?? '';
  if (args.length > 1) return { paths: args.slice(0, -1), name };
  if (!isPath(name)) return { paths: [DEFAULT_BUNDLE], name };
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `the name of the request is missing after the bundle ${name}`, {
    fix: 'pass the name that request printed',
  });
}

/** @throws EggtoothError `ERR_EGGTOOTH_OPTION` without a terminal, `ERR_EGGTOOTH_NOT_APPROVED` if the answer is not yes */
async function ask(name: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new EggtoothError(
      'ERR_EGGTOOTH_OPTION',
      'the request was not approved: standard input is no terminal to ask on',
      {
        fix: 'compare the request with what request printed, and pass its SHA-256: --expect SHA256',
      },
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const question = terminal.question('Is this what request printed? Type yes to approve: ');
  // The end of the input, as by Ctrl-D, is not a yes.
  const answer = await Promise.race([question, once(terminal, 'close').then(() => '')]).catch(() => '');
  terminal.close();
  if (answer.trim() === 'yes') return;
  throw new EggtoothError('ERR_EGGTOOTH_NOT_APPROVED', `the request ${name} was not approved: the answer was not yes`, {
    fix: `if nobody you know made it, deny it: kubectl certificate deny ${name}`,
  });
}
