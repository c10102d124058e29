import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Workspace, workspace } from './support/workspace';

/** What replaces the line that the cursor is in. */
const REPLACE = '\r\u001b[2K';

/** A port that nothing listens at. */
let port = 0;
beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  ({ port } = server.address() as AddressInfo);
  await new Promise((closed) => server.close(closed));
});

function refusing(): Workspace {
  const place = workspace();
  const config = {
    'current-context': 'refusing',
    clusters: [{ name: 'refusing', cluster: { server: `https://127.0.0.1:${port}` } }],
    users: [{ name: 'refusing', user: { token: 'none' } }],
    contexts: [{ name: 'refusing', context: { cluster: 'refusing', user: 'refusing' } }],
  };
  writeFileSync(place.path('kubeconfig'), JSON.stringify(config), { mode: 0o600 });
  return place;
}

const ARGS = ['up', 'bundle.yaml', '--kubeconfig', 'kubeconfig', '--timeout'] as const;

/** Runs a command on a terminal, which `script` makes, and returns what it shows. */
function onTerminal({ folder }: Workspace, args: readonly string[]): Promise<string> {
  const command = [process.execPath, resolve('lib/eggtooth.js'), ...args].map((word) => `'${word}'`).join(' ');
  return new Promise((settle, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd: folder });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    child.on('error', reject);
    child.on('close', () => settle(shown));
  });
}

describe('up, whose server refuses connections,', () => {
  test('reports that where there is no terminal after some seconds, once, and not after the error', async () => {
    const { code, stderr } = await refusing().eggtooth([...ARGS, '20s']);

    expect(stderr).toMatch(
      /^retrying: cannot .*: the API server \S+ is unreachable \(ECONNREFUSED\) \(([5-9]|1\d) s\)\nerror: cannot /m,
    );
    expect(stderr.match(/retrying/g)).toHaveLength(1);
    expect(code).toBe(1);
  });

  test('reports nothing else if it ends before', async () => {
    const { stderr } = await refusing().eggtooth([...ARGS, '2s']);

    expect(stderr).toContain('is unreachable (ECONNREFUSED)');
    expect(stderr).not.toContain('retrying');
  });

  test('shows one line with the time on a terminal, which the error replaces', async () => {
    const shown = await onTerminal(refusing(), [...ARGS, '4s']);

    const steps = shown.split(REPLACE);
    expect(steps.some((step) => /^retrying: cannot .* \([1-4] s\)$/.test(step))).toBe(true);
    expect(steps.slice(1, -1).every((step) => !step.includes('\n'))).toBe(true);
    expect(steps.at(-1)).toMatch(/^error: cannot /);
    for (const step of steps.slice(1, -1)) expect(step.length).toBeLessThan(80);
  });
});
