import { Command, Option } from 'commander';
import { printTime } from '../chain/certificate-duration';
import { Chain } from '../chain/chain';
import { assertSound, warningsOf } from '../chain/rules/check';
import { printReference } from '../kubernetes/kube-object';
import { printCheck } from '../signing/verify/check';
import type { PlannedObject } from '../up';
import { UNTIL, type Until, UP_TIMEOUT } from '../up/until';
import { type BundleFlags, bundleArgument, bundleOption, checkChain, isPath, readObjects } from './bundle';
import {
  adoptOption,
  algorithmOption,
  allowDowngradeOption,
  type CertificateFlags,
  certificateOptions,
  dryRunOption,
  durationOption,
  forceConflictsOption,
  pruneOption,
  timeoutOption,
  unverifiedOption,
} from './options';
import { type Format, outputOption, print } from './output';
import type { UpOutput } from './outputs';
import { warn } from './streams';
import { assertSearched, examples, leftoverLines, line, objectLine } from './text';
import { addClusterOptions, type ClusterFlags, withWritten } from './with-cluster';

interface UpFlags extends ClusterFlags, BundleFlags, CertificateFlags {
  readonly timeout: number;
  readonly adopt?: boolean;
  readonly forceConflicts?: boolean;
  readonly allowDowngrade?: boolean;
  readonly prune?: boolean | string;
  readonly unverified?: boolean;
  readonly dryRun?: boolean;
  readonly until?: Until;
  readonly output: Format;
}

/** `eggtooth up`: from manifests to nodes that are Ready. */
export function upCommand(): Command {
  const command = new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .addOption(algorithmOption())
    .addOption(durationOption())
    .addOption(untilOption())
    .addOption(timeoutOption('Time limit of the whole run', printTime(UP_TIMEOUT / 1000)))
    .addOption(forceConflictsOption())
    .addOption(adoptOption())
    .addOption(allowDowngradeOption())
    .addOption(pruneOption())
    .addOption(unverifiedOption())
    .addOption(dryRunOption('Show what the API server would do with each object, and write nothing'))
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Bring up the bundle in dist/ on the current context', 'eggtooth up'],
        [
          'Bring up what cdk8s synthesizes, on another context',
          'cdk8s synth --stdout | eggtooth up - --context admin@bare',
        ],
        ['Apply and issue, and leave the installation to Flux', 'eggtooth up --until sources'],
        ['Show what would change, and write nothing', 'eggtooth up bundle.yaml --dry-run'],
        ['Delete what the bundle does not contain any longer, except data', 'eggtooth up bundle.yaml --prune'],
      ),
    )
    .action(
      async (
        given: readonly string[],
        {
          timeout,
          adopt,
          forceConflicts,
          allowDowngrade,
          prune: scope,
          unverified,
          dryRun,
          until,
          output,
          ...flags
        }: UpFlags,
        self: Command,
      ) => {
        const { paths, prune } = scopeOf(given, scope, self);
        const chainIn = checkChain(Chain.fromObjects(readObjects(paths, flags)), assertSound, { warnings: warningsOf });
        // Loaded here, so that the other commands start faster.
        const { planUp, up } = await import('../up/index.js');
        const summary = await withWritten({ ...flags, dryRun }, (cluster, onProgress, onWait): Promise<UpOutput> => {
          const options = { timeout, adopt, forceConflicts, allowDowngrade, onProgress, onWait, prune };
          const { objects } = chainIn(cluster);
          if (dryRun) return planUp(cluster, objects, options);
          return up(cluster, objects, { ...certificateOptions(flags), ...options, unverified, until, onWarning: warn });
        });
        print<UpOutput>(summary, output, dryRun ? printPlan : printSummary);
        if (prune) assertSearched(summary);
      },
    );
  return addClusterOptions(command);
}

/** `--until`. */
const untilOption = () =>
  new Option(
    '--until <link>',
    'How far to wait (default: nodes if the bundle installs a CNI, otherwise releases)',
  ).choices(UNTIL);

/**
 * What `--prune` means. Its only value is `all`, so that a path after it is one of the bundle.
 */
function scopeOf(
  given: readonly string[],
  scope: boolean | string | undefined,
  command: Command,
): { readonly paths: readonly string[]; readonly prune: boolean | 'all' } {
  if (scope === undefined || typeof scope === 'boolean') return { paths: given, prune: scope === true };
  if (scope === 'all') return { paths: given, prune: scope };
  if (isPath(scope)) return { paths: [scope, ...command.args], prune: true };
  return command.error(`error: option '--prune [all]' argument '${scope}' is invalid. The only value is all.`, {
    code: 'commander.invalidArgument',
  });
}

function printSummary(summary: UpOutput): string {
  const { objects, issued, repositories, releases, nodes, notWaitedFor, seconds } = summary;
  return [
    countObjects(objects),
    ...skippedLines(objects),
    ...issued.flatMap(({ user, unchanged, algorithm, notAfter, checks }) => [
      `${user}: ${unchanged ? 'unchanged' : 'issued'}, ${algorithm}, valid until ${notAfter}`,
      ...checks
        .filter(({ ok, skipped }) => !ok || skipped)
        .map((check) => line('not checked', `${printCheck(check)}: ${check.detail}; Flux has read with it`, 2)),
    ]),
    ...repositories.map((repository) => `${printReference(repository)} read: ${repository.revision}`),
    ...releases.map(
      ({ revision, ...release }) => `${printReference(release)} is Ready${revision ? `: ${revision}` : ''}`,
    ),
    ...nodes.map((node) => `${printReference(node)} is Ready`),
    ...notWaitedFor.map(({ reason, ...object }) => `not waited for: ${printReference(object)} ${reason}`),
    ...leftoverLines(summary),
    `up in ${seconds.toFixed(1)} s`,
    '',
  ].join('\n');
}

function printPlan({ objects, leftovers, unread }: UpOutput): string {
  const others = objects.filter(({ result }) => result !== 'skipped');
  const lines = [...others.map(objectLine), ...skippedLines(objects), ...leftoverLines({ leftovers, unread })];
  return [...lines, `${countObjects(objects)}; nothing was written`, ''].join('\n');
}

/** What is left to Flux. What differs from the bundle is listed; of the rest, many are counted. */
function skippedLines(objects: readonly PlannedObject[]): readonly string[] {
  const skipped = objects.filter(({ result }) => result === 'skipped');
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  const lines = reasons.flatMap((reason) => {
    const some = skipped.filter((object) => object.reason === reason);
    const isCounted = some.length > LISTED && !some.some(({ differs }) => differs);
    return isCounted ? [line('skipped', `${some.length} objects: ${reason}`)] : some.map(objectLine);
  });
  const isChanged = skipped.some(({ differs }) => differs);
  return isChanged ? [...lines, 'to apply the bundle, commit it to the source of Flux'] : lines;
}

/** How many objects with one reason are listed. */
const LISTED = 3;

function countObjects(objects: readonly PlannedObject[]): string {
  const counts = (['created', 'configured', 'unchanged', 'skipped', 'unchecked'] as const)
    .map((result) => [objects.filter((object) => object.result === result).length, result] as const)
    .filter(([count]) => count > 0);
  return `${objects.length} objects: ${counts.map((count) => count.join(' ')).join(', ')}`;
}
