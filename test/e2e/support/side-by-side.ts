import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { vi } from 'vitest';
import { clusterFromKubeconfig } from '../../../src/cluster/kubeconfig';
import type { KubeconfigOptions } from '../../../src/cluster/kubeconfig-options';
import { EggtoothError } from '../../../src/errors';
import type { Got } from './printing-server';

/** What is given to kubectl and to eggtooth. */
export interface Given {
  /** Texts by their path below the folder of the case. Programs begin with `#!`. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Paths of $KUBECONFIG. */
  readonly kubeconfig: readonly string[];
  readonly options?: KubeconfigOptions;
  /** A value of which `FOLDER` stands for the folder of the case. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface Outcome {
  readonly got?: Got;
  /** What was printed about a failure. */
  readonly failure?: string;
  /** The code of eggtooth's error. */
  readonly code?: string;
}

/** Variables that would change what is tested. */
const UNSET = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'KUBECONFIG', 'KUBERNETES_SERVICE_HOST'];

/** The files of a case, in a folder of their own, and its environment. */
export class Side {
  readonly folder = mkdtempSync(join(tmpdir(), 'eggtooth-side-'));
  readonly env: Readonly<Record<string, string>>;

  constructor(
    private readonly kubectl: string,
    private readonly given: Given,
  ) {
    for (const [name, text] of Object.entries(given.files)) {
      const file = join(this.folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: text.toString().startsWith('#!') ? 0o700 : 0o600 });
    }
    const own = Object.entries(given.env ?? {}).map(([name, value]) => [name, value.replaceAll('FOLDER', this.folder)]);
    this.env = {
      HOME: this.folder,
      PATH: process.env.PATH ?? '',
      ...(given.kubeconfig.length > 0 && { KUBECONFIG: this.kubeconfig }),
      ...Object.fromEntries(own),
    };
  }

  private get kubeconfig(): string {
    return this.given.kubeconfig.map((name) => (name === '' ? '' : join(this.folder, name))).join(delimiter);
  }

  /** Runs kubectl with the flags of the options. */
  async runKubectl(args = ['get', '--raw', '/version']): Promise<Outcome> {
    const { code, stdout, stderr } = await run(this.kubectl, [...args, ...this.flags], { env: this.env });
    return code === 0 && args[1] === '--raw' ? { got: gotOf(stdout) } : { failure: stderr };
  }

  /** The options as flags. */
  get flags(): readonly string[] {
    const { impersonate = {}, kubeconfig, context, cluster, user, server } = this.given.options ?? {};
    const { groups = [], extra = {}, uid, user: as } = impersonate;
    const texts = { kubeconfig: kubeconfig && join(this.folder, kubeconfig), context, cluster, user, server, as };
    return [
      ...Object.entries({ ...texts, 'as-uid': uid }).flatMap(([name, value]) => (value ? [`--${name}=${value}`] : [])),
      ...groups.map((group) => `--as-group=${group}`),
      ...Object.entries(extra).flatMap(([key, values]) => values.map((value) => `--as-user-extra=${key}=${value}`)),
    ];
  }

  /** Makes the same call with the library. */
  async callEggtooth(): Promise<Outcome> {
    for (const name of UNSET) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(this.env)) vi.stubEnv(name, value);
    const { kubeconfig, ...options } = this.given.options ?? {};
    try {
      const file = kubeconfig && join(this.folder, kubeconfig);
      const cluster = await clusterFromKubeconfig({ ...options, kubeconfig: file, timeout: 30_000 });
      try {
        return { got: gotOf(JSON.stringify(await cluster.call({ purpose: 'look', method: 'GET', path: '/version' }))) };
      } finally {
        cluster.close();
      }
    } catch (error) {
      if (!(error instanceof EggtoothError)) throw error;
      return { failure: error.message, code: error.code };
    } finally {
      vi.unstubAllEnvs();
    }
  }
}

/** What the server got, of its answer. */
export function gotOf(answer: string): Got {
  return JSON.parse(JSON.parse(answer).gitVersion);
}

/** Runs a program to its end. */
export function run(
  program: string,
  args: readonly string[],
  { env, input = '' }: { readonly env: Readonly<Record<string, string>>; readonly input?: string },
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {}).end(input);
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
