// node --import tsx tools/release/fill-repository.ts [FOLDER]: names the repository that the workflow runs in, in the
// package.json of the folder. npm compares it with the provenance of the package.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFields } from './repository-fields';

const { GITHUB_REPOSITORY = '', GITHUB_SERVER_URL } = process.env;
const file = join(process.argv[2] ?? '.', 'package.json');

try {
  const fields = repositoryFields(GITHUB_REPOSITORY, GITHUB_SERVER_URL);
  const manifest = { ...JSON.parse(readFileSync(file, 'utf8')), ...fields };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
