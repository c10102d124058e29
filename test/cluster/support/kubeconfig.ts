import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { clusterFromKubeconfig } from '../../../src/cluster/kubeconfig';
import type { KubeconfigOptions } from '../../../src/cluster/kubeconfig-options';
import { EggtoothError } from '../../../src/errors';
import type { KeyPair } from '../../../tools/control-plane/pki';
import { type Seen, startServer, type TestServer } from './server';

export const SECRET = 'hunter2-the-secret';
export const base64 = (text: string) => Buffer.from(text).toString('base64');

export let folder: string;
export let server: TestServer;
export let stranger: TestServer;
export let client: KeyPair;

/** Two API servers for the tests of a file, a user of the first, and a folder for kubeconfigs. */
export function startApiServers(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'eggtooth-kubeconfig-'));
    [server, stranger] = await Promise.all([startServer(), startServer()]);
    client = await server.authority.signClient({ user: 'someone' });
  });
  afterAll(() => {
    server?.close();
    stranger?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
}

export function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

export type Fields = Readonly<Record<string, unknown>>;

/** A kubeconfig for the server, with fields of its cluster and of its user in place of the usual. */
export function kubeconfig({
  cluster = {},
  user = { token: SECRET },
  ...rest
}: Record<string, Fields | unknown> = {}): string {
  const authority = { 'certificate-authority-data': base64(server.authority.certificate) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    contexts: [
      { name: 'one', context: { cluster: 'here', user: 'me' } },
      { name: 'two', context: { cluster: 'here', user: 'me' } },
      { name: 'broken', context: { cluster: 'nowhere', user: 'me' } },
      { name: 'nobody', context: { cluster: 'here', user: 'nobody' } },
    ],
    clusters: [{ name: 'here', cluster: { server: server.url, ...authority, ...(cluster as Fields) } }],
    users: [{ name: 'me', user }],
    ...rest,
  };
  return write(`config-${Math.random().toString(36).slice(2)}`, JSON.stringify(config));
}

/** One call with the kubeconfig, and what the server saw of it. */
export async function call(options: KubeconfigOptions): Promise<Seen> {
  const cluster = await clusterFromKubeconfig(options);
  try {
    const answer = await cluster.call({ purpose: 'look', method: 'GET', path: '/version' });
    return answer as Seen;
  } finally {
    cluster.close();
  }
}

/** The error of an attempt; it says nothing of the kubeconfig's secrets. */
export async function errorOf(options: KubeconfigOptions): Promise<EggtoothError> {
  const error: unknown = await call(options).then(
    () => 'there was no error',
    (reason: unknown) => reason,
  );
  if (!(error instanceof EggtoothError)) throw new Error(`not one of ours: ${error}`);
  for (const secret of [SECRET, base64(SECRET), client.key.split('\n')[1] ?? '?']) {
    expect(error.message).not.toContain(secret);
  }
  expect(error.message).not.toContain('undefined');
  expect(error.fix).toMatch(/\w/);
  return error;
}

/** The exec section of a user. */
export function exec(command: { command: string; args?: readonly string[] }): Fields {
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    env: [{ name: 'WORD', value: 'here' }],
    ...command,
  };
}

/** A plugin that is a program of Node. */
export function plugin(program: string): { command: string; args: readonly string[] } {
  return { command: process.execPath, args: ['-e', program] };
}

export function printCredential(status: string, version = 'v1'): string {
  const head = `apiVersion: 'client.authentication.k8s.io/${version}', kind: 'ExecCredential'`;
  return `console.log(JSON.stringify({ ${head}, status: ${status} }))`;
}
