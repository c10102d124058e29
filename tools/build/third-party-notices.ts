import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

const RULE = '='.repeat(80);

/** What a license asks to pass on with a package: its text, and who holds the copyright. */
const LICENSE_FILE = /^(licen[cs]e|copying|notice|copyright)[^.]*(\.(txt|md))?$/i;

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

/**
 * The license notices of all packages that are bundled, in part or as a whole.
 * @param bundles - by the name of the file
 */
export function thirdPartyNotices(bundles: Readonly<Record<string, Metafile>>): string {
  const inputs = Object.values(bundles).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(inputs.flatMap((input) => packageFolder(input) ?? []));
  const intro = `The bundled files contain the packages below: ${Object.keys(bundles).join(', ')}`;
  return `${[intro, ...[...folders].map(noticeOf).sort()].join(`\n\n${RULE}\n`)}\n`;
}

/** The folder of the package that a file belongs to, the innermost one if packages are nested. */
function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

function noticeOf(folder: string): string {
  const { name, version, license, author }: PackageJson = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const holder = typeof author === 'object' ? author.name : author;
  const lines = [`${name} ${version}`, `License: ${license}`, ...(holder === undefined ? [] : [`Author: ${holder}`])];
  return [lines.join('\n'), ...texts].join('\n\n');
}
