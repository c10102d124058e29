import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type FluxVersion, fluxReleases } from '../../src/constructs/flux-aio/flux-releases';
import type { KubeObject } from '../../src/kubernetes/kube-object';
import { crdsVersions } from './api-modules';
import { cached } from './cache';
import { generateCrds, goFiles } from './controller-gen';
import { controllerGenModule, moduleFolder } from './go-module';
import type { Schema } from './schema';

/** What the tools read of a CustomResourceDefinition. */
export interface Crd extends KubeObject {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** The complete CRDs of the releases of Flux that differ, each in a file `VERSION.json`: the path of their folder. */
export function crdFolder(): string {
  const code = ['crds.ts', 'controller-gen.ts'].map((file) => join(__dirname, file));
  return cached('crds', [...code, ...[controllerGenModule, ...crdsVersions].flatMap(goFiles)], (folder) => {
    process.stderr.write(`making the CRDs of Flux ${crdsVersions.join(', ')}: up to a minute, once a machine\n`);
    for (const version of crdsVersions)
      writeFileSync(join(folder, `${version}.json`), makeCrds(moduleFolder(version), version, folder));
  });
}

/** The complete CRDs of a release, ordered by name. */
export function readCrds(version: FluxVersion): Crd[] {
  return JSON.parse(readFileSync(join(crdFolder(), `${fluxReleases[version].crds}.json`), 'utf8')).items;
}

/**
 * Makes the CRDs of a release.
 * @param module - the folder of the Go module that pins them
 * @param parent - a folder for what is deleted again
 * @returns a List, as kubectl takes it, with a line for each CRD
 */
export function makeCrds(module: string, version: FluxVersion, parent: string): string {
  const folder = mkdtempSync(join(parent, 'crds-'));
  try {
    // YAML 1.1 is what Kubernetes reads.
    const crds: Crd[] = generateCrds(module, version, folder).map((text) => parse(text, { version: '1.1' }));
    return printCrds(crds.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function printCrds(crds: readonly Crd[]): string {
  return `{"apiVersion":"v1","kind":"List","items":[\n${crds.map((crd) => JSON.stringify(crd)).join(',\n')}\n]}\n`;
}
