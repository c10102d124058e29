// npm run bench [-- --json]: every speed that the README claims, as a ratio of two programs in the same run. A missed
// target is marked in the table and does not change the exit code.
import { parseArgs } from 'node:util';
import type { Bench, Measurement } from './bench';
import { bootstrap } from './bootstrap';
import { help } from './help';
import { issue } from './issue';
import { readBundle } from './read-bundle';
import { renew } from './renew';
import { synthBundle } from './synth-bundle';
import { synthChain } from './synth-chain';
import { synthClusters } from './synth-clusters';
import { synthRepositories } from './synth-repositories';
import { printTable, toFigure } from './table';

/** The benchmarks in the order of the table. */
const benches: readonly Bench[] = [
  help,
  issue,
  renew,
  bootstrap,
  synthChain,
  synthRepositories,
  synthBundle,
  synthClusters,
  readBundle,
];

async function main(): Promise<void> {
  const { json } = parseArgs({ options: { json: { type: 'boolean', default: false } } }).values;
  const measurements: Measurement[] = [];
  for (const bench of benches) measurements.push(...(await bench(say)));
  console.log(json ? JSON.stringify(measurements.map(toFigure), null, 2) : printTable(measurements));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

main().catch((error: unknown) => {
  say(`error: ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
});
