import { mutate, randomOf } from './mutate';
import { type Reader, readers } from './readers';

/** What a reader did with its inputs. */
export interface FuzzResult {
  readonly name: string;
  readonly inputs: number;
  readonly accepted: number;
  /** Time of the slowest input, in milliseconds. */
  readonly slowest: number;
}

/**
 * Gives every reader changed inputs: none may crash it. The results tell whether one made it hang.
 * @param inputs - how many, for all readers together
 * @throws Error with the input, in base64, that a reader neither accepts nor refuses
 */
export async function fuzz(inputs: number, seed: number): Promise<readonly FuzzResult[]> {
  const all = await readers();
  return all.map((reader, index) => fuzzOne(reader, Math.ceil(inputs / all.length), randomOf(seed + index)));
}

function fuzzOne({ name, seeds, read }: Reader, inputs: number, random: (below: number) => number): FuzzResult {
  const seedAt = () => seeds[random(seeds.length)] ?? Buffer.alloc(0);
  for (const valid of seeds) read(valid);
  let [accepted, slowest] = [0, 0];
  for (let count = 0; count < inputs; count += 1) {
    const input = mutate(seedAt(), seedAt(), random);
    const start = performance.now();
    try {
      if (read(input)) accepted += 1;
    } catch (cause) {
      throw new Error(`the reader of ${name} crashes on ${input.toString('base64')}`, { cause });
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  return { name, inputs, accepted, slowest };
}
