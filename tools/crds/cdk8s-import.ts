import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Crd } from './crds';
import { withoutDescriptions } from './schema';

/**
 * What `cdk8s import` makes of the CRDs of one API group: the text of one TypeScript module.
 * @throws Error of one line if the command fails
 */
export function cdk8sImport(crds: readonly Crd[], group: string): string {
  // The command writes into the folder that it runs in: that must not be the checkout.
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-imports-'));
  try {
    const ofGroup = crds.filter(({ spec }) => spec.group === group).map((crd) => JSON.stringify(shorten(crd)));
    writeFileSync(join(folder, 'crds.yaml'), ofGroup.join('\n---\n'));
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        join(dirname(require.resolve('cdk8s-cli/package.json')), 'bin/cdk8s'),
        ...['import', 'crds.yaml', '--language', 'typescript', '--output', 'imports'],
        ...['--no-class-prefix', '--no-save', '--no-check-upgrade'],
      ],
      { cwd: folder, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`cdk8s import failed: ${stderr.trim().split('\n').at(-1)}`);
    return readFileSync(join(folder, 'imports', `${group}.ts`), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function shorten(crd: Crd): Crd {
  const versions = crd.spec.versions.map((version) => ({
    ...version,
    schema: { openAPIV3Schema: withoutDescriptions(version.schema.openAPIV3Schema) },
  }));
  return { ...crd, spec: { ...crd.spec, versions } };
}
