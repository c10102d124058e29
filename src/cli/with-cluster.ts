import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Cluster } from '../cluster/cluster';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import type { KubeconfigOptions } from '../cluster/kubeconfig-options';
import type { RunOptions } from '../up/run';
import { parseMilliseconds } from './options';
import { progress } from './progress';
import { say } from './streams';

/** The flags of {@link addClusterOptions}. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly server?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroup?: readonly string[];
  readonly asUserExtra?: Readonly<Record<string, readonly string[]>>;
  readonly requestTimeout?: number;
  readonly onNode?: boolean;
}

/** Adds the flags that choose the cluster, as kubectl has them, to a command that talks to one. */
export function addClusterOptions(command: Command): Command {
  const options = [
    new Option('--kubeconfig <file>', 'Path of the kubeconfig (default: the one that kubectl uses)'),
    new Option('--context <name>', 'Context of the kubeconfig (default: the current context)'),
    new Option('--cluster <name>', 'Cluster of the kubeconfig (default: that of the context)'),
    new Option('--user <name>', 'User of the kubeconfig (default: that of the context)'),
    new Option('-s, --server <url>', 'URL of the API server (default: that of the cluster)'),
    new Option('--as <name>', 'User to impersonate'),
    new Option('--as-group <name>', 'Group to impersonate; can be repeated').argParser(append),
    new Option('--as-uid <uid>', 'UID to impersonate'),
    new Option('--as-user-extra <key=value>', 'Extra field of the user to impersonate; can be repeated').argParser(
      appendField,
    ),
    new Option(
      '--request-timeout <time>',
      'Time limit of a single API call, such as 30s or 1m30s; a number is in seconds, and 0 is no limit (default: 10s, or --timeout if that is for each call)',
    ).argParser(parseRequestTimeout),
    new Option('--on-node', 'This machine is a node: use endpoints on its loopback, such as https://localhost:7445'),
  ];
  for (const option of options) command.addOption(option.helpGroup('Cluster options:'));
  return command;
}

function append(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

function appendField(text: string, fields: NonNullable<ClusterFlags['asUserExtra']> = {}): ClusterFlags['asUserExtra'] {
  const [, key, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError('Write KEY=VALUE.');
  return { ...fields, [key]: append(value, fields[key]) };
}

/** What kubectl reads: whole seconds, or a duration. 0 is no limit. */
function parseRequestTimeout(text: string): number {
  const milliseconds = parseMilliseconds(/^\d+$/.test(text) ? `${text}s` : text);
  return milliseconds === 0 ? Number.POSITIVE_INFINITY : milliseconds;
}

/**
 * Runs the part of a command that talks to the cluster, and closes the connection at its end. A command that is
 * interrupted reports its last step.
 * @param flags - of the command; its `timeout`, if there is one, is also that of a single call without --request-timeout
 */
export async function withCluster<Result>(
  flags: ClusterFlags & Pick<KubeconfigOptions, 'timeout'>,
  run: (cluster: Cluster, onProgress: (step: string) => void, onWait: RunOptions['onWait']) => Promise<Result>,
): Promise<Result> {
  const { kubeconfig, context, cluster: name, user, server, timeout, requestTimeout, onNode } = flags;
  const impersonate = { user: flags.as, uid: flags.asUid, groups: flags.asGroup, extra: flags.asUserExtra };
  const choice = { kubeconfig, context, cluster: name, user, server };
  const cluster = await clusterFromKubeconfig({ ...choice, impersonate, timeout, requestTimeout, onNode });
  try {
    return await interruptible(() => run(cluster, progress.step, progress.wait));
  } finally {
    progress.end();
    cluster.close();
  }
}

/** {@link withCluster} for a command that writes: it says first into which cluster. */
export function withWritten<Result>(
  flags: Parameters<typeof withCluster>[0] & { readonly dryRun?: boolean },
  run: Parameters<typeof withCluster<Result>>[1],
): Promise<Result> {
  return withCluster(flags, (cluster, ...reports) => {
    const { server, context } = cluster;
    if (!flags.dryRun) say(`cluster: ${server}${context ? ` (context ${context})` : ''}`);
    return run(cluster, ...reports);
  });
}

/** Exit codes of a process that a signal ends, as a shell reports them. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

async function interruptible<Result>(run: () => Promise<Result>): Promise<Result> {
  const stop = (signal: keyof typeof EXIT_CODES) => {
    say(`error: interrupted by ${signal}; last step: ${progress.last}`);
    say('  fix: run the same command again: it continues from there');
    process.exit(EXIT_CODES[signal]);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await run();
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
