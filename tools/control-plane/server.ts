import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server process of the cluster; what it says goes to a file. */
export interface Server {
  /** Its process; undefined if it could not be started. */
  readonly pid: number | undefined;
  logs(): string;
  /** Waits until the URL answers 200. Fails, with the last lines of the log, if the process ends or is too slow. */
  untilOk(url: string, ca?: string): Promise<void>;
  /** SIGKILL: an API server whose etcd is gone hangs on SIGTERM. */
  stop(): Promise<void>;
}

const startTimeout = 60_000;
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
});

export function startServer(program: string, args: readonly string[], folder: string, env?: NodeJS.ProcessEnv): Server {
  const name = basename(program);
  const log = join(folder, `${name}.log`);
  const output = openSync(log, 'a', 0o600);
  const child = spawn(program, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
  closeSync(output);
  running.add(child);
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended ??= `ended with ${signal ?? `code ${code}`}`;
    running.delete(child);
  });
  const logs = () => readFileSync(log, 'utf8');

  return {
    pid: child.pid,
    logs,
    async untilOk(url, ca) {
      const deadline = Date.now() + startTimeout;
      while (!(await answersOk(url, ca)) || ended) {
        if (ended || Date.now() > deadline) {
          const lastLines = logs().trimEnd().split('\n').slice(-20).join('\n');
          throw new Error(
            `${name} ${ended ?? `is not ready after ${startTimeout / 1000} s`}; it said last:\n${lastLines}`,
          );
        }
        await sleep(50);
      }
    },
    async stop() {
      if (!ended) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  };
}

function answersOk(url: string, ca?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = url.startsWith('https:') ? https : http;
    const request = client.get(url, { ca, timeout: 1_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
