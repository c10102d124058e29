import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { apiModules } from './api-modules';
import { cdk8sImport } from './cdk8s-import';
import { printConstraints } from './constraints';
import { type Crd, readCrds } from './crds';

const GROUPS = [
  'source.toolkit.fluxcd.io',
  'helm.toolkit.fluxcd.io',
  'source.extensions.fluxcd.io',
  'kustomize.toolkit.fluxcd.io',
];
const CONSTRAINED = [
  'HelmRepository',
  'HelmRelease',
  'OCIRepository',
  'ArtifactGenerator',
  'GitRepository',
  'Kustomization',
];

/** Every file of imports/, by name. */
function generate(): Record<string, string> {
  const crds = readCrds(newestFlux);
  const origin = apiModules(newestFlux).map(({ module, version }) => `${module} ${version}`);
  const constraints = CONSTRAINED.map((kind) => printConstraints(crdOf(crds, kind)));
  return {
    'constraints.ts': `// Made by \`npm run imports\` from ${origin.join(', ')}\n${constraints.join('')}`,
    ...Object.fromEntries(GROUPS.map((group) => [`${group}.ts`, cdk8sImport(crds, group)])),
  };
}

function crdOf(crds: readonly Crd[], kind: string): Crd {
  const crd = crds.find(({ spec }) => spec.names.kind === kind);
  if (crd === undefined) throw new Error(`Flux ${newestFlux} has no CRD ${kind}`);
  return crd;
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
