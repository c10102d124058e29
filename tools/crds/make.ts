// node --import tsx tools/crds/make.ts [FOLDER]: makes crds/, the CRDs that the library gives and the package ships.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crdFolder } from './crds';

/** Brings the folder up to date; none of its files is ever seen half written. */
function main(folder: string): void {
  const made = crdFolder();
  const files = readdirSync(made);
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeIfNew(join(folder, file), readFileSync(join(made, file)));
  for (const file of readdirSync(folder).filter((found) => !files.includes(found))) rmSync(join(folder, file));
}

function writeIfNew(file: string, content: Buffer): void {
  if (existsSync(file) && readFileSync(file).equals(content)) return;
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}

try {
  main(resolve(process.argv[2] ?? join(__dirname, '../../crds')));
} catch (error) {
  process.stderr.write(`crds: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
