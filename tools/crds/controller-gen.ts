import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FluxVersion } from '../../src/constructs/flux-aio/flux-releases';
import { apiModules } from './api-modules';
import { cached } from './cache';
import { controllerGenModule, moduleFolder, run } from './go-module';

const PACKAGE = 'sigs.k8s.io/controller-tools/cmd/controller-gen';

/** The path of controller-gen, which is built once a machine. */
export function controllerGen(): string {
  const module = moduleFolder(controllerGenModule);
  const folder = cached('controller-gen', goFiles(controllerGenModule), (unfinished) => {
    process.stderr.write('building controller-gen, once a machine\n');
    run(module, 'go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(unfinished, 'controller-gen'), PACKAGE]);
  });
  return join(folder, 'controller-gen');
}

/** Makes the CRDs of a release, which a Go module pins, into a folder; returns the YAML text of each one. */
export function generateCrds(module: string, version: FluxVersion, folder: string): string[] {
  const paths = apiModules(version).map((api) => `${api.module}/...`);
  run(module, controllerGen(), ['crd', `paths=${paths.join(';')}`, `output:crd:dir=${folder}`]);
  return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
}

/** The files that pin a Go module and all that it needs. */
export function goFiles(module: string): string[] {
  return ['go.mod', 'go.sum'].map((file) => join(moduleFolder(module), file));
}
