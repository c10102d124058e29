import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { checkout, run, tryRun } from './run';

const consumers = join(checkout, 'test/fixtures/consumers');

const INSTALL = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/** A project that uses the package as everybody would: a copy of the fixture, with the tarball installed by npm. */
export class Consumer {
  static install(fixture: string, ...flags: readonly string[]): Consumer {
    const folder = mkdtempSync(join(tmpdir(), `eggtooth-${fixture}-`));
    cpSync(join(consumers, fixture), folder, { recursive: true });
    cpSync(join(consumers, 'kubeconfig.yaml'), join(folder, 'kubeconfig.yaml'));
    run(folder, 'npm', ...INSTALL, ...flags, inject('tarball'));
    return new Consumer(folder);
  }

  private constructor(readonly folder: string) {}

  run(program: string, ...args: readonly string[]): string {
    return run(this.folder, program, ...args);
  }

  tryRun(program: string, ...args: readonly string[]) {
    return tryRun(this.folder, program, ...args);
  }

  /** Runs a command that the project's packages installed. */
  bin(name: string, ...args: readonly string[]): string {
    return this.run(this.path('node_modules/.bin', name), ...args);
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Names of the files in a folder. */
  files(...folder: readonly string[]): readonly string[] {
    return readdirSync(this.path(...folder));
  }

  /** While `use` runs, the packages are not there. */
  without(packages: readonly string[], use: () => void): void {
    const moves = packages.map((name) => ({ from: this.path('node_modules', name), to: this.path('hidden', name) }));
    const there = moves.filter(({ from }) => existsSync(from));
    for (const { from, to } of there) {
      mkdirSync(join(to, '..'), { recursive: true });
      renameSync(from, to);
    }
    try {
      use();
    } finally {
      for (const { from, to } of there) renameSync(to, from);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
