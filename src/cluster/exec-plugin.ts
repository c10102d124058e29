import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { EggtoothError } from '../errors';
import { fieldAt, lineAt, listAt, stringAt } from '../kubernetes/fields';
import { parseYaml, refused, textAt, textsAt, UNUSABLE } from './kubeconfig-file';

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

/** How long credentials are used that seem to expire before they came, in milliseconds: the local clock is wrong. */
const LIFETIME_BY_WRONG_CLOCK = 60_000;

/** The versions that kubectl knows. Version 1 must say whether the plugin may ask. */
const API_VERSIONS = /^client\.authentication\.k8s\.io\/v1(beta1)?$/;

/**
 * Runs the exec plugin of a user of a kubeconfig, as kubectl does: with KUBERNETES_EXEC_INFO, and with standard error and,
 * if it may ask, standard input of the terminal.
 * @param exec - the field `exec` of the user
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` without anything that the plugin printed
 */
export async function runPlugin(exec: unknown, options: PluginOptions): Promise<PluginCredential> {
  const command = textAt(exec, 'command');
  const apiVersion = textAt(exec, 'apiVersion') ?? '';
  const refuse: Refuse = (problem, fix = 'run the plugin yourself to see what is wrong') =>
    refused(`${UNUSABLE}: the exec plugin of the user ${options.user} ${problem}`, fix);
  if (command === undefined) throw refuse('has no command', 'set users[].user.exec.command in the kubeconfig');
  if (!API_VERSIONS.test(apiVersion)) {
    throw refuse(`has the apiVersion ${JSON.stringify(apiVersion)}`, 'set client.authentication.k8s.io/v1');
  }
  const interactive = isInteractive(exec, apiVersion, refuse);
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const entry of listAt(exec, 'env')) env[textAt(entry, 'name') ?? ''] = textAt(entry, 'value') ?? '';
  env.KUBERNETES_EXEC_INFO = execInfo(exec, apiVersion, options.cluster, interactive);
  const program = /[/\\]/.test(command) ? resolve(options.folder, command) : (findOnPath(command) ?? command);
  const start = () =>
    spawn(program, textsAt(exec, 'args'), { env, stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'] });
  const hint = lineAt(exec, 'installHint') || `install ${command}`;
  const output = await outputOf(start, options.limit, refuse, hint);
  const credential = parse(output, apiVersion);
  if (credential === undefined) {
    throw refuse(`printed no ExecCredential of ${apiVersion} with a token, or with a certificate and a key`);
  }
  return credential;
}

function isInteractive(exec: unknown, apiVersion: string, refuse: Refuse): boolean {
  const mode = textAt(exec, 'interactiveMode') ?? (apiVersion.endsWith('v1beta1') ? 'IfAvailable' : '');
  if (!['Never', 'IfAvailable', 'Always'].includes(mode)) {
    throw refuse(`has the interactiveMode ${JSON.stringify(mode)}`, 'set Never, IfAvailable or Always');
  }
  const isTerminal = process.stdin.isTTY === true;
  if (mode === 'Always' && !isTerminal) {
    throw refuse('needs a terminal', 'run the command in a terminal, or use other credentials');
  }
  return mode !== 'Never' && isTerminal;
}

/** Like kubectl, and unlike Node.js, with the PATH of this process, and not the one that the plugin gets. */
function findOnPath(command: string): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
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

function execInfo(exec: unknown, apiVersion: string, cluster: PluginOptions['cluster'], interactive: boolean): string {
  const provide = fieldAt(exec, 'provideClusterInfo') === true;
  return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { ...(provide && { cluster }), interactive } });
}

function parse(output: string, apiVersion: string): PluginCredential | undefined {
  let credential: unknown;
  try {
    credential = parseYaml(output);
  } catch {
    return undefined;
  }
  if (stringAt(credential, 'apiVersion') !== apiVersion || stringAt(credential, 'kind') !== 'ExecCredential') {
    return undefined;
  }
  const status = fieldAt(credential, 'status');
  const token = stringAt(status, 'token') || undefined;
  const certificate = stringAt(status, 'clientCertificateData') || undefined;
  const key = stringAt(status, 'clientKeyData') || undefined;
  if ((certificate === undefined) !== (key === undefined) || (token ?? certificate) === undefined) return undefined;
  return { token, certificate, key, lifetime: lifetimeUntil(stringAt(status, 'expirationTimestamp') ?? '') };
}

function lifetimeUntil(timestamp: string): number {
  const left = Date.parse(timestamp) - Date.now();
  if (Number.isNaN(left)) return Number.POSITIVE_INFINITY;
  return left > 0 ? left : LIFETIME_BY_WRONG_CLOCK;
}
