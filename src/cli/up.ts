import { Command } from 'commander';
import { assertSound } from '../chain/rules/check';
import { printReference } from '../kubernetes/kube-object';
import { printCheck } from '../signing/verify/check';
import type { PlannedObject } from '../up';
import { bundleArgument, printWarnings, readChain } from './bundle';
import {
  adoptOption,
  algorithmOption,
  type CertificateFlags,
  certificateOptions,
  dryRunOption,
  durationOption,
  forceConflictsOption,
  timeoutOption,
  unverifiedOption,
} from './options';
import { type Format, outputOption, print } from './output';
import type { UpOutput } from './outputs';
import { examples, line } from './text';
import { type ClusterFlags, contextOption, kubeconfigOption, withCluster } from './with-cluster';

interface UpFlags extends ClusterFlags, CertificateFlags {
  readonly timeout: number;
  readonly adopt?: boolean;
  readonly forceConflicts?: boolean;
  readonly unverified?: boolean;
  readonly dryRun?: boolean;
  readonly output: Format;
}

/** `eggtooth up`: from manifests to repositories that Flux has read. */
export function upCommand(): Command {
  return new Command('up')
    .description('Apply a bundle, issue its certificates, and wait until Flux has read every repository')
    .addArgument(bundleArgument())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('Time limit of the whole run', '5m'))
    .addOption(forceConflictsOption())
    .addOption(adoptOption())
    .addOption(unverifiedOption())
    .addOption(dryRunOption('Show what the API server would do with each object, and write nothing'))
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      'after',
      examples(
        ['Bring up the bundle in dist/ on the current context', 'eggtooth up'],
        [
          'Bring up what cdk8s synthesizes, on another context',
          'cdk8s synth --stdout | eggtooth up - --context admin@bare',
        ],
        ['Show what would change, and write nothing', 'eggtooth up bundle.yaml --dry-run'],
      ),
    )
    .action(
      async (
        bundle: string,
        { kubeconfig, context, timeout, adopt, forceConflicts, unverified, dryRun, output, ...flags }: UpFlags,
      ) => {
        const chain = readChain(bundle);
        printWarnings([chain]);
        assertSound(chain);
        // Loaded here, so that the other commands start faster.
        const { planUp, up } = await import('../up/index.js');
        const summary = await withCluster({ kubeconfig, context }, (cluster, onProgress): Promise<UpOutput> => {
          const options = { timeout, adopt, forceConflicts, onProgress };
          if (dryRun) return planUp(cluster, chain.objects, options);
          return up(cluster, chain.objects, { ...certificateOptions(flags), ...options, unverified });
        });
        print<UpOutput>(summary, output, dryRun ? printPlan : printSummary);
      },
    );
}

function printSummary({ objects, issued, repositories, seconds }: UpOutput): string {
  return [
    countObjects(objects),
    ...issued.flatMap(({ user, unchanged, algorithm, notAfter, checks }) => [
      `${user}: ${unchanged ? 'unchanged' : 'issued'}, ${algorithm}, valid until ${notAfter}`,
      ...checks
        .filter(({ ok, skipped }) => !ok || skipped)
        .map((check) => line('not checked', `${printCheck(check)}: ${check.detail}; Flux has read with it`, 2)),
    ]),
    ...repositories.map((repository) => `${printReference(repository)} read: ${repository.revision}`),
    `up in ${seconds.toFixed(1)} s`,
    '',
  ].join('\n');
}

function printPlan({ objects }: UpOutput): string {
  const lines = objects.map(({ result, reason, ...object }) =>
    line(result, `${printReference(object)}${reason === undefined ? '' : `: ${reason}`}`),
  );
  return [...lines, `${countObjects(objects)}; nothing was written`, ''].join('\n');
}

function countObjects(objects: readonly PlannedObject[]): string {
  const counts = (['created', 'configured', 'unchanged', 'skipped', 'unchecked'] as const)
    .map((result) => [objects.filter((object) => object.result === result).length, result] as const)
    .filter(([count]) => count > 0);
  return `${objects.length} objects: ${counts.map((count) => count.join(' ')).join(', ')}`;
}
