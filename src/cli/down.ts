import { Command } from 'commander';
import { type BundleFlags, bundleArgument, bundleOption, readObjects } from './bundle';
import { dryRunOption, timeoutOption } from './options';
import { type Format, outputOption, print } from './output';
import type { DownOutput } from './outputs';
import { assertSearched, examples, objectLine, unreadLines } from './text';
import { addClusterOptions, type ClusterFlags, withWritten } from './with-cluster';

interface DownFlags extends ClusterFlags, BundleFlags {
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: Format;
}

/** `eggtooth down`: everything of a bundle is deleted, and nothing else. */
export function downCommand(): Command {
  const command = new Command()
    .addArgument(bundleArgument())
    .addOption(bundleOption())
    .addOption(timeoutOption('Time limit of the whole run', '2m'))
    .addOption(dryRunOption('Show what would be deleted and what would be kept, and write nothing'))
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['Show what would be deleted', 'eggtooth down bundle.yaml --dry-run'],
        ['Delete everything of the bundle in dist/ from the current context', 'eggtooth down'],
      ),
    )
    .action(async (paths: readonly string[], { timeout, dryRun, output, ...flags }: DownFlags) => {
      const objects = readObjects(paths, flags);
      const { down, planDown } = await import('../up/index.js');
      const result = await withWritten({ ...flags, dryRun }, (cluster, onProgress, onWait) =>
        (dryRun ? planDown : down)(cluster, objects, { timeout, onProgress, onWait }),
      );
      print<DownOutput>(result, output, (printed) => printDown(printed, dryRun === true));
      assertSearched(result);
    });
  return addClusterOptions(command);
}

function printDown({ objects, unread, seconds }: DownOutput, isDryRun: boolean): string {
  const deleted = objects.filter(({ result }) => result === 'deleted').length;
  const count = `${deleted} deleted, ${objects.length - deleted} kept`;
  const end = isDryRun ? `${count}; nothing was written` : `${count}, in ${seconds.toFixed(1)} s`;
  return [...objects.map(objectLine), ...unreadLines(unread), end, ''].join('\n');
}
