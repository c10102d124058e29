/** A source of random integers that is the same for each seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Bytes that lengths, tags and base64 break at. */
const TELLING = [0x00, 0x01, 0x1f, 0x2d, 0x30, 0x3d, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff];

/** One change of some bytes: at a random place, of a random kind. */
const CHANGES: readonly ((bytes: Buffer, random: (below: number) => number, other: Buffer) => Buffer)[] = [
  (bytes, random) => replaced(bytes, random, random(256)),
  (bytes, random) => replaced(bytes, random, TELLING[random(TELLING.length)] ?? 0),
  (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random(bytes.length + 1)),
  (bytes, random) => without(bytes, random(bytes.length + 1), random(16)),
  (bytes, random) => inserted(bytes, random(bytes.length + 1), Buffer.alloc(random(40), random(256))),
  (bytes, random) => {
    const start = random(bytes.length + 1);
    return inserted(bytes, random(bytes.length + 1), bytes.subarray(start, start + random(64)));
  },
  (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, random(bytes.length + 1)), other.subarray(random(other.length + 1))]),
];

/** Changes an input once to four times. */
export function mutate(input: Buffer, other: Buffer, random: (below: number) => number): Buffer {
  let bytes = input;
  for (let count = 1 + random(4); count > 0; count -= 1) {
    bytes = CHANGES[random(CHANGES.length)]?.(bytes, random, other) ?? bytes;
  }
  return bytes;
}

function replaced(bytes: Buffer, random: (below: number) => number, byte: number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[random(copy.length)] = byte;
  return copy;
}

function without(bytes: Buffer, at: number, count: number): Buffer {
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
}

function inserted(bytes: Buffer, at: number, more: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}
