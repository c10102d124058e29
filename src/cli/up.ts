import { Command } from 'commander';
import { assertSound } from '../chain/rules/check';
import { printReference } from '../kubernetes/kube-object';
import type { TriedObject, UpResult } from '../up';
import { bundleArgument, printWarnings, readChain } from './bundle';
import {
  algorithmOption,
  type CertificateFlags,
  certificateOptions,
  dryRunOption,
  durationOption,
  timeoutOption,
} from './options';
import { type Format, outputOption, print } from './output';
import { type ClusterFlags, contextOption, kubeconfigOption, withCluster } from './with-cluster';

interface UpFlags extends ClusterFlags, CertificateFlags {
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: Format;
}

/** What {@link UpResult} is after a dry run, too. */
type Summary = Omit<UpResult, 'objects'> & { readonly objects: readonly TriedObject[] };

/** `eggtooth up`: the whole bundle, until Flux has read every repository. */
export function upCommand(): Command {
  return new Command('up')
    .description('apply the bundle in order, issue its certificates, and wait until Flux has read every repository')
    .addArgument(bundleArgument())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(timeoutOption('how long all of it may take', '5m'))
    .addOption(dryRunOption('let the API server decide on every object, write nothing'))
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .action(async (bundle: string, { kubeconfig, context, timeout, dryRun, output, ...flags }: UpFlags) => {
      const chain = readChain(bundle);
      printWarnings([chain]);
      assertSound(chain);
      // The other commands start without it.
      const { tryObjects, up } = await import('../up/index.js');
      const summary = await withCluster({ kubeconfig, context }, async (cluster, onProgress): Promise<Summary> => {
        if (!dryRun) return up(cluster, chain.objects, { ...certificateOptions(flags), timeout, onProgress });
        const start = Date.now();
        const tried = await tryObjects(cluster, chain.objects, { timeout, onProgress });
        return { objects: tried, issued: [], repositories: [], seconds: (Date.now() - start) / 1000 };
      });
      print(summary, output, dryRun ? printTried : printSummary);
    });
}

function printSummary({ objects, issued, repositories, seconds }: Summary): string {
  return [
    countObjects(objects),
    ...issued.flatMap(({ user, unchanged, algorithm, notAfter, checks }) => [
      `${user}: ${unchanged ? 'unchanged' : 'issued'}, ${algorithm}, valid until ${notAfter}`,
      ...checks
        .filter(({ ok }) => !ok)
        .map(({ check, detail }) => `  not tried from here, Flux has: ${check}: ${detail}`),
    ]),
    ...repositories.map((repository) => `${printReference(repository)} read: ${repository.revision}`),
    `up in ${seconds.toFixed(1)} s`,
    '',
  ].join('\n');
}

function printTried({ objects }: Summary): string {
  const lines = objects.map(({ result, reason, ...object }) =>
    [result.padEnd(10), printReference(object), ...(reason === undefined ? [] : [`(${reason})`])].join(' '),
  );
  return [...lines, `${countObjects(objects)}; nothing was written`, ''].join('\n');
}

function countObjects(objects: readonly TriedObject[]): string {
  const counts = (['created', 'configured', 'unchanged', 'unchecked'] as const)
    .map((result) => [objects.filter((object) => object.result === result).length, result] as const)
    .filter(([count]) => count > 0);
  return `${objects.length} objects: ${counts.map((count) => count.join(' ')).join(', ')}`;
}
