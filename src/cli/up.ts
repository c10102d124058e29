import { Command } from 'commander';
import { Chain } from '../chain/chain';
import { assertSound } from '../chain/rules/check';
import { clusterFromKubeconfig } from '../cluster/kubeconfig';
import { printReference } from '../kubernetes/kube-object';
import { readBundle } from '../kubernetes/read-bundle';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';
import { printCheck } from '../signing/verify/check';
import type { PlannedObject, UpPlan } from '../up';
import { interruptible } from './interruptible';
import { addClusterOptions, algorithmOption, bundleArgument, durationOption, timeoutOption } from './options';
import { type Format, outputOption, printData } from './output';

interface UpFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly duration?: number;
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output?: Format;
}

/** `eggtooth up`: the whole bundle, until Flux has read every repository. */
export function upCommand(): Command {
  const command = new Command('up')
    .description('apply the bundle in order, issue its certificates, and wait until Flux has read every repository')
    .addArgument(bundleArgument());
  return addClusterOptions(command)
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('how long all of it may take', '5m'))
    .option('--dry-run', 'let the API server decide on every object, write nothing')
    .addOption(outputOption())
    .action(async (bundle: string, { kubeconfig, context, output = 'text', dryRun, ...flags }: UpFlags) => {
      const objects = readBundle(bundle);
      assertSound(Chain.fromObjects(objects));
      const cluster = await clusterFromKubeconfig({ kubeconfig, context });
      try {
        // The other commands start without it.
        const { planUp, up } = await import('../up/index.js');
        const { keyAlgorithm: algorithm, duration, timeout } = flags;
        const summary = await interruptible(async (reached): Promise<UpPlan> => {
          const onProgress = (step: string) => {
            reached(step);
            if (process.stderr.isTTY && output === 'text') process.stderr.write(`${step}\n`);
          };
          if (!dryRun) return up(cluster, objects, { algorithm, duration, timeout, onProgress });
          return planUp(cluster, objects, { timeout, onProgress });
        });
        if (output !== 'text') printData(summary, output);
        else process.stdout.write(dryRun ? printPlan(summary) : printSummary(summary));
      } finally {
        cluster.close();
      }
    });
}

function printSummary({ objects, issued, repositories, seconds }: UpPlan): string {
  return [
    countObjects(objects),
    ...issued.flatMap(({ user, unchanged, algorithm, notAfter, checks }) => [
      `${user}: ${unchanged ? 'unchanged' : 'issued'}, ${algorithm}, valid until ${notAfter}`,
      ...checks
        .filter(({ ok }) => !ok)
        .map((check) => `  not tried from here, Flux has: ${printCheck(check)}: ${check.detail}`),
    ]),
    ...repositories.map((repository) => `${printReference(repository)} read: ${repository.revision}`),
    `up in ${seconds.toFixed(1)} s`,
    '',
  ].join('\n');
}

function printPlan({ objects }: UpPlan): string {
  const lines = objects.map(({ result, reason, ...object }) =>
    [result.padEnd(10), printReference(object), ...(reason === undefined ? [] : [`(${reason})`])].join(' '),
  );
  return [...lines, `${countObjects(objects)}; nothing was written`, ''].join('\n');
}

function countObjects(objects: readonly PlannedObject[]): string {
  const counts = (['created', 'configured', 'unchanged', 'unchecked'] as const)
    .map((result) => [objects.filter((object) => object.result === result).length, result] as const)
    .filter(([count]) => count > 0);
  return `${objects.length} objects: ${counts.map((count) => count.join(' ')).join(', ')}`;
}
