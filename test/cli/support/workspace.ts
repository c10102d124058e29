import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { bundleObjects, writeBundle } from '../../e2e/support/bundle';
import { eggtooth, type Run, type RunOptions } from '../../e2e/support/eggtooth';

// Each test starts processes, and some create RSA keys.
vi.setConfig({ testTimeout: 60_000 });

/** A temporary folder with a sound bundle, `bundle.yaml`, in which the command line is run. */
export interface Workspace {
  readonly folder: string;
  path(name: string): string;
  eggtooth(args: readonly string[], options?: RunOptions): Promise<Run>;
}

/** Creates the folder, which is removed when the test ends. */
export function workspace(objects: readonly object[] = readers()): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeBundle(join(folder, 'bundle.yaml'), objects);
  return {
    folder,
    path: (name) => join(folder, name),
    eggtooth: (args, options) => eggtooth(args, { cwd: folder, ...options }),
  };
}

/** The objects of several bundles, whose readers are called `NAME-reader`; each has its own endpoint and port. */
export function readers(...names: readonly string[]): ReturnType<typeof bundleObjects> {
  const all = names.length === 0 ? ['assets'] : names;
  return all.flatMap((name, index) =>
    bundleObjects({
      url: `https://example.org:${6443 + index}`,
      name,
      namespaces: [`first-${index}`, `second-${index}`],
      port: 8123 + index,
    }),
  );
}

/** An object that makes a bundle one with charts from OCI. */
export const ociRepository = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'OCIRepository',
  metadata: { name: 'charts', namespace: 'first-0' },
  spec: { url: 'oci://registry.example/charts', ref: { tag: '1' }, interval: '5m0s' },
};

/** Expects one error with its fix and its code, and nothing on standard output. */
export function expectError({ code, stdout, stderr }: Run, errorCode: string, says: string, exitCode = 1): void {
  expect(stderr).toContain(says);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toMatch(/(\n {2}|; )fix: \S/);
  expect(stderr).toMatch(new RegExp(`\n {2}code: ${errorCode}\n$`));
  expect(stderr).not.toMatch(/^\s+at |node:|internal error/m);
  expect(stdout).toBe('');
  expect(code).toBe(exitCode);
}
