import { Command } from 'commander';
import { version } from '../../package.json';
import { stringAt } from '../kubernetes/fields';
import { type Format, outputOption, print } from './output';
import type { VersionOutput } from './outputs';
import { examples, line } from './text';
import { addClusterOptions, type ClusterFlags, withCluster } from './with-cluster';

interface VersionFlags extends ClusterFlags {
  readonly client?: boolean;
  readonly output: Format;
}

/** `eggtooth version`: what a bug report needs. */
export function versionCommand(): Command {
  const command = new Command('version')
    .option('--client', 'Show the version of eggtooth only, without a cluster')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Show the versions of eggtooth and of the cluster', 'eggtooth version'],
        ['Show the version of eggtooth', 'eggtooth version --client'],
      ),
    )
    .action(async ({ client, output, ...flags }: VersionFlags) => {
      let printed: VersionOutput = { client: version };
      try {
        if (!client) printed = { ...printed, server: await serverVersion(flags) };
      } finally {
        // Like kubectl, which shows its own version also if the server does not answer.
        print<VersionOutput>(printed, output, printVersions);
      }
    });
  return addClusterOptions(command);
}

function serverVersion(flags: ClusterFlags): Promise<string | undefined> {
  return withCluster(flags, async (cluster) => {
    const answer = await cluster.call({ purpose: 'read the version', method: 'GET', path: '/version' });
    return stringAt(answer, 'gitVersion');
  });
}

function printVersions({ client, server }: VersionOutput): string {
  const lines = [line('client', client), ...(server === undefined ? [] : [line('server', server)])];
  return `${lines.join('\n')}\n`;
}
