import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Chain } from '../chain/chain';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { EggtoothError } from '../errors';
import { readBundle } from '../kubernetes/read-bundle';
import { approveRequest } from '../signing/request/approve-request';
import { reviewRequest } from '../signing/request/review-request';
import { addClusterOptions, DEFAULT_BUNDLE, durationOption } from './options';
import { type Format, outputOption, printData } from './output';
import { printRequest, requestData } from './request-text';

interface ApproveFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly expect?: string;
  readonly duration?: number;
  readonly output?: Format;
}

/** `eggtooth approve`: the second of two people approves what the first has asked for. */
export function approveCommand(): Command {
  const command = new Command('approve')
    .description("approve somebody else's request, after checking all that it asks for")
    .usage('[options] [bundle] <name>')
    .argument('<name...>', 'the bundle (default: dist), then the name of the CertificateSigningRequest');
  return addClusterOptions(command)
    .addOption(expectOption())
    .addOption(durationOption('longest duration that is approved, as in 30d or 720h (default: any)'))
    .addOption(outputOption())
    .action(async (args: readonly string[], { expect, duration, output = 'text', ...flags }: ApproveFlags) => {
      const [bundle, name] = bundleAndName(args);
      const chain = Chain.fromObjects(readBundle(bundle));
      const cluster = await clusterFromKubeconfig(flags);
      try {
        const reviewed = await reviewRequest(cluster, chain, { name, expect, duration });
        if (output === 'text') process.stdout.write(printRequest(reviewed));
        if (expect === undefined) await ask(name);
        await approveRequest(cluster, reviewed, { users: [reviewed.user], duration });
        const unchanged = reviewed.state !== 'pending';
        if (output === 'text') process.stdout.write(unchanged ? 'approved before\n' : 'approved\n');
        else printData({ ...requestData(reviewed), state: unchanged ? reviewed.state : 'approved', unchanged }, output);
      } finally {
        cluster.close();
      }
    });
}

const expectOption = () =>
  new Option(
    '--expect <sha256>',
    'SHA-256 of the request, as its maker was told it; without it you are asked',
  ).argParser((text) => {
    if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('Write 64 digits of lower-case hex.');
    return text;
  });

function bundleAndName(args: readonly string[]): readonly [bundle: string, name: string] {
  const [first = '', second, ...more] = args;
  if (more.length > 0) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', 'there are too many arguments', {
      fix: 'name the bundle, then one request',
    });
  }
  return second === undefined ? [DEFAULT_BUNDLE, first] : [first, second];
}

/** @throws EggtoothError `ERR_EGGTOOTH_OPTION` if there is nobody to be asked, `ERR_EGGTOOTH_NOT_APPROVED` for a no */
async function ask(name: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new EggtoothError(
      'ERR_EGGTOOTH_OPTION',
      'nobody can be asked here whether this is the request; it was not approved',
      {
        fix: 'compare it with what its maker was told, and give its SHA-256: --expect SHA256',
      },
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const question = terminal.question('Is all of this what its maker was told? Type yes to approve: ');
  // A terminal that ends, or Ctrl-D, is no yes.
  const answer = await Promise.race([question, once(terminal, 'close').then(() => '')]).catch(() => '');
  terminal.close();
  if (answer.trim() === 'yes') return;
  throw new EggtoothError('ERR_EGGTOOTH_NOT_APPROVED', `the request ${name} was not approved: the answer was not yes`, {
    fix: `deny it if it is not yours: kubectl certificate deny ${name}`,
  });
}
