import { spawn } from 'node:child_process';
import { type Cluster, ensurePrograms } from '../../../tools/control-plane';

/** Result of a run of the flux command line. */
export interface FluxRun {
  readonly code: number | null;
  /** Its messages, line by line. */
  readonly messages: readonly string[];
  /** The rows of its tables, cell by cell. */
  readonly rows: readonly (readonly string[])[];
}

/** Runs the real flux command line as an administrator of the cluster. */
export async function fluxCommand({ kubeconfig }: Cluster, ...args: readonly string[]): Promise<FluxRun> {
  const { flux } = await ensurePrograms(['flux']);
  return new Promise((settle, reject) => {
    const child = spawn(flux, [...args, '--kubeconfig', kubeconfig]);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => settle({ code, messages: linesOf(stderr), rows: rowsOf(stdout) }));
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function rowsOf(text: string): string[][] {
  return linesOf(text).map((line) => line.split('\t').map((cell) => cell.trim()));
}
