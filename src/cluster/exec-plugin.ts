import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { EggtoothError } from '../errors';
import { lineAt, listAt, stringAt, stringsAt } from '../kubernetes/fields';
import { refused, UNUSABLE } from './kubeconfig-file';

/** Credentials that an exec plugin of a kubeconfig printed. */
export interface PluginCredential {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** How long they may be used, in milliseconds. */
  readonly lifetime: number;
}

/** Options for {@link runPlugin}. */
export interface PluginOptions {
  /** Name of the user in the kubeconfig. */
  readonly user: string;
  /** The cluster, for plugins with `provideClusterInfo`. */
  readonly cluster: Readonly<Record<string, unknown>>;
  /** Folder of the kubeconfig: a relative command starts there. */
  readonly folder: string;
  /** How long the plugin may take, in milliseconds. */
  readonly limit: number;
}

/** Makes the error for a plugin. */
type Refuse = (problem: string, fix?: string) => EggtoothError;

/** The longest output that is read, in characters. */
const LONGEST_OUTPUT = 1 << 20;

/** How long fresh credentials are used at least, in milliseconds: where the clock is wrong, all would seem expired. */
const LEAST_LIFETIME = 60_000;

/**
 * Runs the exec plugin of a user of a kubeconfig, as kubectl does: with KUBERNETES_EXEC_INFO, and with standard error and,
 * if it may ask, standard input of the terminal.
 * @param exec - the field `exec` of the user
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` without anything that the plugin printed
 */
export async function runPlugin(exec: unknown, options: PluginOptions): Promise<PluginCredential> {
  const command = stringAt(exec, 'command') ?? '';
  const refuse: Refuse = (problem, fix = 'run the plugin yourself to see what is wrong') =>
    refused(`${UNUSABLE}: the exec plugin of the user ${options.user} ${problem}`, fix);
  if (command === '') throw refuse('has no command', 'set users[].user.exec.command in the kubeconfig');
  const interactive = stringAt(exec, 'interactiveMode') !== 'Never' && process.stdin.isTTY === true;
  if (stringAt(exec, 'interactiveMode') === 'Always' && !interactive) {
    throw refuse('needs a terminal', 'run the command in a terminal, or use other credentials');
  }
  const env: NodeJS.ProcessEnv = { ...process.env, KUBERNETES_EXEC_INFO: execInfo(exec, options.cluster, interactive) };
  for (const entry of listAt(exec, 'env')) env[stringAt(entry, 'name') ?? ''] = stringAt(entry, 'value') ?? '';
  const program = /[/\\]/.test(command) ? resolve(options.folder, command) : command;
  const start = () =>
    spawn(program, stringsAt(exec, 'args'), { env, stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'] });
  const hint = lineAt(exec, 'installHint') || `install ${command}`;
  const output = await outputOf(start, options.limit, refuse, hint);
  const credential = parse(output);
  if (credential === undefined) throw refuse('printed no ExecCredential with a token, or with a certificate and a key');
  return credential;
}

/** What a plugin prints. No error repeats it, or the arguments. */
function outputOf(start: () => ChildProcess, limit: number, refuse: Refuse, hint: string): Promise<string> {
  return new Promise((done, fail) => {
    let child: ChildProcess;
    try {
      child = start();
    } catch {
      return fail(refuse('has invalid arguments or variables'));
    }
    const end = (error: EggtoothError) => {
      clearTimeout(timer);
      // A child of the plugin may keep its output open.
      child.kill('SIGKILL');
      child.stdout?.destroy();
      fail(error);
    };
    const timer = setTimeout(() => end(refuse(`did not end within ${limit / 1000} s`)), limit);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.length > LONGEST_OUTPUT) end(refuse('printed too much'));
    });
    child.on('error', ({ code }: NodeJS.ErrnoException) => end(refuse(`cannot be started (${code})`, hint)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) done(text);
      else fail(refuse(`failed (${signal ?? `exit code ${code}`})`));
    });
  });
}

function execInfo(exec: unknown, cluster: PluginOptions['cluster'], interactive: boolean): string {
  const provide = (exec as { provideClusterInfo?: unknown }).provideClusterInfo === true;
  return JSON.stringify({
    apiVersion: stringAt(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { ...(provide && { cluster }), interactive },
  });
}

function parse(output: string): PluginCredential | undefined {
  let status: unknown;
  try {
    status = JSON.parse(output).status;
  } catch {
    return undefined;
  }
  const token = stringAt(status, 'token') || undefined;
  const certificate = stringAt(status, 'clientCertificateData') || undefined;
  const key = stringAt(status, 'clientKeyData') || undefined;
  if ((certificate === undefined) !== (key === undefined) || (token ?? certificate) === undefined) return undefined;
  const expiry = Date.parse(stringAt(status, 'expirationTimestamp') ?? '');
  const lifetime = Number.isNaN(expiry) ? Number.POSITIVE_INFINITY : Math.max(expiry - Date.now(), LEAST_LIFETIME);
  return { token, certificate, key, lifetime };
}
