import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Cluster } from '../cluster/cluster';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import type { KubeconfigOptions } from '../cluster/kubeconfig-options';
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

/** Milliseconds in the units of a duration in Go, as in `1m30s`. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
};

/** What kubectl reads: whole seconds, or a duration of Go. 0 is no limit. */
function parseRequestTimeout(text: string): number {
  const duration = /^\d+$/.test(text) ? `${text}s` : text;
  const parts = [...duration.matchAll(/(\d+\.?\d*|\.\d+)(ns|[uµμ]s|ms|s|m|h)/g)];
  if (text === '' || parts.map(([part]) => part).join('') !== duration) {
    throw new InvalidArgumentError('Write a number and a unit, such as 30s, 2m or 1h30m.');
  }
  const milliseconds = parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
  return milliseconds === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.round(milliseconds));
}

/** Called before or after each step of a command, with the step in words. */
export type OnProgress = (step: string) => void;

/**
 * Runs the part of a command that talks to the cluster, and closes the connection at its end. On a terminal the steps
 * are shown as they come; a command that is interrupted reports the last one.
 * @param flags - of the command; its `timeout`, if there is one, is also that of a single call without --request-timeout
 */
export async function withCluster<Result>(
  flags: ClusterFlags & Pick<KubeconfigOptions, 'timeout'>,
  run: (cluster: Cluster, onProgress: OnProgress) => Promise<Result>,
): Promise<Result> {
  const { kubeconfig, context, cluster: name, user, server, timeout, requestTimeout } = flags;
  const impersonate = { user: flags.as, uid: flags.asUid, groups: flags.asGroup, extra: flags.asUserExtra };
  const choice = { kubeconfig, context, cluster: name, user, server };
  const cluster = await clusterFromKubeconfig({ ...choice, impersonate, timeout, requestTimeout });
  try {
    return await interruptible((onProgress) => run(cluster, onProgress));
  } finally {
    cluster.close();
  }
}

/** Exit codes of a process that a signal ends, as a shell reports them. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

async function interruptible<Result>(run: (onProgress: OnProgress) => Promise<Result>): Promise<Result> {
  let last = 'none';
  const stop = (signal: keyof typeof EXIT_CODES) => {
    say(`error: interrupted by ${signal}; last step: ${last}`);
    say('  fix: run the same command again: it continues from there');
    process.exit(EXIT_CODES[signal]);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await run((step) => {
      last = step;
      if (process.stderr.isTTY) say(step);
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
