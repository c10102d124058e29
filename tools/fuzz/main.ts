import { fuzz } from './fuzz';

const { COUNT = '1000000', SEED = String(Date.now() % 2 ** 31) } = process.env;
/** A reader that takes longer for an input of some kilobytes hangs, in milliseconds. */
const LIMIT = 5000;

async function main(): Promise<void> {
  console.log(`seed ${SEED}`);
  const results = await fuzz(Number(COUNT), Number(SEED));
  for (const { name, inputs, accepted, slowest } of results) {
    console.log(`${name}: ${inputs} inputs, ${accepted} accepted, the slowest took ${slowest.toFixed(1)} ms`);
  }
  const hung = results.filter(({ slowest }) => slowest > LIMIT);
  if (hung.length > 0) {
    console.error(`longer than ${LIMIT} ms: ${hung.map(({ name }) => name).join(', ')}`);
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
