import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensurePrograms, eventually } from './index';

let sandbox: string;
let temporary: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  sandbox = (await ensurePrograms(['sandbox'])).sandbox;
  temporary = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
  environment = { ...process.env, TMPDIR: temporary };
});
afterAll(() => rmSync(temporary, { recursive: true }));

describe('the sandbox', () => {
  test('returns the exit code of its command', () => {
    expect(spawnSync(sandbox, ['node', '-e', 'process.exitCode = 7']).status).toBe(7);
  });

  test('forwards SIGTERM', async () => {
    const child = run("process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('up')");
    await firstLine(child);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(9);
  });

  test('prints one line if a command does not exist', () => {
    const { status, stderr } = spawnSync(sandbox, ['no-such-command'], { encoding: 'utf8' });
    expect(status).toBe(125);
    expect(stderr).toBe('sandbox: exec: "no-such-command": executable file not found in $PATH\n');
  });

  test('gives each command a new folder in memory', () => {
    const { stdout } = spawnSync(
      sandbox,
      ['sh', '-c', 'ls -A $EGGTOOTH_SANDBOX; df --output=fstype $EGGTOOTH_SANDBOX'],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout).toBe('Type\ntmpfs\n');
  });

  test('ends processes that its command leaves behind', async () => {
    spawnSync(sandbox, ['sh', '-c', 'setsid sleep 3600 >/dev/null 2>&1 &'], { env: environment });
    await eventually(async () => expect(processes()).toEqual([]));
  });

  test('leaves no process, mount or folder behind when it is killed while a cluster runs in it', async () => {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    const memory = readdirSync('/dev/shm');
    const start = "require('./tools/control-plane').startControlPlane().then((cluster) => console.log(cluster.url))";
    const child = run(start, ['--import', 'tsx']);
    try {
      expect(await firstLine(child)).toBe('https://10.200.1.10:6443');
      expect(processes()).toEqual(expect.arrayContaining(['etcd', 'kube-apiserver', 'kube-controller']));
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }

    await eventually(async () => expect(processes()).toEqual([]));
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mounts);
    expect(readdirSync('/dev/shm')).toEqual(memory);
    expect(readdirSync(temporary).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  });
});

function run(script: string, nodeOptions: string[] = []): ChildProcess {
  const args = ['node', ...nodeOptions, '-e', script];
  return spawn(sandbox, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) {
    throw new Error('its output is not piped');
  }
  const [line] = await once(createInterface(child.stdout), 'line');
  return line;
}

/** The commands of all processes with the environment of this test; the kernel truncates them to 15 characters. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => contentOf(pid, 'environ').includes(`TMPDIR=${temporary}`))
    .map((pid) => contentOf(pid, 'comm').trim());
}

function contentOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // It has exited in the meantime, or belongs to another user.
  }
}
