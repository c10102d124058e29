/**
 * The rooms of `src/`, and the rooms right below each of them. A room may import itself and everything below it.
 * A room is a folder, or a file at the top of `src/`.
 */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  cli: ['doctor', 'review', 'graph', 'lint', 'up', 'migration', 'signing'],
  doctor: ['cluster', 'pki'],
  review: ['cluster', 'pki'],
  graph: ['cluster', 'pki'],
  lint: ['cluster', 'pki'],
  migration: ['up', 'signing'],
  up: ['signing'],
  signing: ['cluster', 'pki'],
  index: ['constructs'],
  constructs: ['chain', 'pki'],
  cluster: ['chain'],
  pki: ['chain'],
  chain: ['rights'],
  rights: ['kubernetes', 'errors'],
  // An error names the object that it concerns, and reading manifests throws errors.
  kubernetes: ['errors'],
  errors: ['kubernetes'],
};

/** What a room may import from outside of `src/`, beside packages. */
export const outside: Readonly<Record<string, readonly string[]>> = {
  constructs: ['./crds/'],
  kubernetes: ['./imports/'],
  cli: ['./package.json'],
};

/** Rooms that compute and do no I/O, and the only modules that they load, be it through other rooms. */
export const pureRooms = ['rights', 'chain', 'pki'];
export const pureModules = ['node:crypto', 'node:util', '@peculiar/x509', 'reflect-metadata'];

/** The packages that an entry must not load, because an app that only synthesizes does not need them. */
export const notLoaded: Readonly<Record<string, readonly string[]>> = {
  'src/index.ts': ['@peculiar/x509', 'reflect-metadata', 'socks'],
};

/** Folders whose files may share a basename with another file: a command or a rule bears the name of what it runs or reads. */
export const sharedNames = ['src/cli/', 'src/chain/rules/'];

/** The room of a file of `src/`. */
export function roomOf(file: string): string {
  const [, top = ''] = file.split('/');
  return top.replace(/\.ts$/, '');
}

/** The rooms that a room may import: all below it, and itself. */
export function roomsBelow(room: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (!seen.has(room)) {
    seen.add(room);
    for (const below of rooms[room] ?? []) roomsBelow(below, seen);
  }
  return seen;
}
