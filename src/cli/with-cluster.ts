import { type Command, Option } from 'commander';
import type { Cluster } from '../cluster/cluster';
import { clusterFromKubeconfig, type KubeconfigOptions } from '../cluster/kubeconfig';
import type { RunOptions } from '../up/run';
import { progress } from './progress';
import { say } from './streams';

/** The flags of {@link addClusterOptions}. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Adds the flags that choose the cluster, as kubectl has them, to a command that talks to one. */
export function addClusterOptions(command: Command): Command {
  const options = [
    new Option('--kubeconfig <file>', 'Path of the kubeconfig (default: the one that kubectl uses)'),
    new Option('--context <name>', 'Context of the kubeconfig (default: the current context)'),
  ];
  for (const option of options) command.addOption(option.helpGroup('Cluster options:'));
  return command;
}

/**
 * Runs the part of a command that talks to the cluster, and closes the connection at its end. A command that is
 * interrupted reports its last step.
 * @param options - the flags of the command; its `timeout`, if there is one, is also that of a single call
 */
export async function withCluster<Result>(
  { kubeconfig, context, timeout }: KubeconfigOptions,
  run: (cluster: Cluster, onProgress: (step: string) => void, onWait: RunOptions['onWait']) => Promise<Result>,
): Promise<Result> {
  const cluster = await clusterFromKubeconfig({ kubeconfig, context, timeout });
  try {
    return await interruptible(() => run(cluster, progress.step, progress.wait));
  } finally {
    progress.end();
    cluster.close();
  }
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
