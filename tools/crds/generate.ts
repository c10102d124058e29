import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cdk8sImport } from './cdk8s-import';
import { printConstraints } from './constraints';
import { fluxCrds, printCrds } from './crds';
import { requirements } from './go-module';

const GROUP = 'source.toolkit.fluxcd.io';

/** Every file of imports/, by name. */
function generate(): Record<string, string> {
  const crds = fluxCrds();
  const versions = requirements().map(({ module, version }) => `${module} ${version}`);
  const command = 'Made by `npm run imports`';
  const helmRepository = crds.find(({ metadata }) => metadata.name === `helmrepositories.${GROUP}`);
  return {
    'flux.crds.yaml': `# ${command} from ${versions.join(', ')}\n${printCrds(crds)}`,
    [`${GROUP}.ts`]: cdk8sImport(crds, GROUP),
    'helm-repository-constraints.ts': `// ${command}\n${printConstraints(helmRepository, 'v1', 'helmRepository')}`,
  };
}

/** Writes the files once all of them are made; none of them is ever seen half written. */
function main(folder: string): void {
  const files = Object.entries(generate());
  mkdirSync(folder, { recursive: true });
  const unfinished = (name: string) => join(folder, `.${name}.unfinished`);
  for (const [name, text] of files) writeFileSync(unfinished(name), text);
  for (const [name] of files) renameSync(unfinished(name), join(folder, name));
}

try {
  main(resolve(process.argv[2] ?? join(__dirname, '../../imports')));
} catch (error) {
  process.stderr.write(`imports: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
