import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { checkout, run } from './support/run';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The package as npm would publish it. */
    readonly tarball: string;
  }
}

/** Packs the checkout once; npm builds it first (prepack). */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-package-'));
  const [packed] = JSON.parse(run(checkout, 'npm', 'pack', '--silent', '--json', '--pack-destination', folder));
  project.provide('tarball', join(folder, packed.filename));
  return () => rmSync(folder, { recursive: true, force: true });
}
