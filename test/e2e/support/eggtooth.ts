import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { parseOutput } from '../../support/outputs';

/** Result of a run of the command line. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  /** Without the line that names the cluster. */
  readonly stderr: string;
  /** The line in which a command that writes names the cluster. */
  readonly cluster?: string;
}

/** Options of {@link eggtooth}. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Ends the process. */
  readonly signal?: AbortSignal;
  /** @default - SIGKILL: hard */
  readonly killSignal?: NodeJS.Signals;
}

/** The only item that a command printed with `-o json`, of a command that can print several. */
export function onlyItem<Item>(command: string, run: Pick<Run, 'stdout'>): Item {
  const { items } = parseOutput<{ readonly items: readonly Item[] }>(command, run);
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) throw new Error(`expected one item, found ${items.length}`);
  return item;
}

/** Runs the built command line, as its user would. */
export function eggtooth(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd, env, input = '', signal, killSignal = 'SIGKILL' } = options;
  return new Promise((settle, reject) => {
    const child = spawn(process.execPath, [resolve('lib/eggtooth.js'), ...args], {
      cwd,
      env: { ...process.env, KUBECONFIG: '', ...env },
      signal,
      killSignal,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {}).end(input);
    child.on('error', (error) => (error.name === 'AbortError' ? undefined : reject(error)));
    child.on('close', (code) => {
      const [line, cluster] = /^cluster: (.*)\n/m.exec(stderr) ?? [];
      settle({
        code,
        stdout,
        stderr: line === undefined ? stderr : stderr.replace(line, ''),
        ...(cluster && { cluster }),
      });
    });
  });
}
