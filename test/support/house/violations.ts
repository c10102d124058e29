import { posix } from 'node:path';
import type { Import, ImportMap } from './imports';
import { notLoaded, outside, pureModules, pureRooms, roomOf, rooms, roomsBelow, sharedNames } from './rooms';

/** Every breach of the rules of the house, as one line each. */
export function violations(imports: ImportMap): readonly string[] {
  return [directions, inputsOfPureRooms, packagesOfEntries, stars, circles, basenames].flatMap((rule) => rule(imports));
}

/** Imports that go up the house or across it. */
function directions(imports: ImportMap): readonly string[] {
  return edges(imports).flatMap(([file, { target }]) => {
    const room = roomOf(file);
    if (!Object.hasOwn(rooms, room)) return `${file}: room ${room} is not in test/support/house/rooms.ts`;
    const allowed = target.startsWith('src/')
      ? roomsBelow(room).has(roomOf(target))
      : !target.startsWith('.') || outside[room]?.some((path) => target.startsWith(path));
    return allowed ? [] : `${file} imports ${target}: not below ${room}`;
  });
}

/** Modules other than the known harmless ones that a pure room loads, be it through another room. */
function inputsOfPureRooms(imports: ImportMap): readonly string[] {
  return pureRooms.flatMap((room) => {
    const files = [...imports.keys()].filter((file) => roomOf(file) === room);
    return paths(imports, files, ({ kind }) => kind !== 'type')
      .filter((path) => isModule(last(path)) && !pureModules.includes(last(path)))
      .map((path) => `${room} does I/O: ${path.join(' -> ')}`);
  });
}

/** Packages that an entry loads, although nobody who imports it needs them. */
function packagesOfEntries(imports: ImportMap): readonly string[] {
  return Object.entries(notLoaded).flatMap(([entry, packages]) =>
    paths(imports, [entry], ({ kind }) => kind === 'static')
      .filter((path) => packages.includes(last(path)))
      .map((path) => `${entry} loads ${last(path)}: ${path.join(' -> ')}`),
  );
}

/** Each `export *`. */
function stars(imports: ImportMap): readonly string[] {
  return edges(imports).flatMap(([file, { star, target }]) => (star ? `${file}: export * from ${target}` : []));
}

/** One circle, a shortest one, for each set of files that import each other. */
function circles(imports: ImportMap): readonly string[] {
  const told = new Set<string>();
  return [...imports.keys()].flatMap((file) => {
    const circle = told.has(file) ? undefined : paths(imports, [file]).find((path) => importsFile(imports, path, file));
    if (circle === undefined) return [];
    const reached = paths(imports, [file]).map(last);
    const together = reached.filter((other) => paths(imports, [other]).some((path) => last(path) === file));
    for (const other of together) told.add(other);
    return `circle of ${together.length} files: ${[...circle, file].join(' -> ')}`;
  });
}

/** Files that share a basename, so that a reader has to guess which one is meant. */
function basenames(imports: ImportMap): readonly string[] {
  const byName = new Map<string, string[]>();
  for (const file of imports.keys()) {
    const name = posix.basename(file);
    if (sharedNames.some((folder) => file.startsWith(folder)) || name === 'index.ts') continue;
    byName.set(name, [...(byName.get(name) ?? []), file]);
  }
  return [...byName.values()].filter(({ length }) => length > 1).map((files) => `one basename: ${files.join(', ')}`);
}

/** A shortest path to each file and module that the files reach by imports of a kind, the shortest ones first. */
function paths(
  imports: ImportMap,
  files: readonly string[],
  follow: (one: Import) => boolean = () => true,
): readonly (readonly string[])[] {
  const found = files.map((file): readonly string[] => [file]);
  const seen = new Set(files);
  for (const path of found) {
    for (const { target } of (imports.get(last(path)) ?? []).filter(follow)) {
      if (seen.has(target)) continue;
      seen.add(target);
      found.push([...path, target]);
    }
  }
  return found;
}

const last = (path: readonly string[]) => path.at(-1) ?? '';

const importsFile = (imports: ImportMap, path: readonly string[], file: string) =>
  imports.get(last(path))?.some(({ target }) => target === file) ?? false;

const edges = (imports: ImportMap) =>
  [...imports].flatMap(([file, all]) => all.map((one): readonly [string, Import] => [file, one]));

const isModule = (target: string) => !target.startsWith('src/') && !target.startsWith('.');
