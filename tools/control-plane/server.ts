import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server process of a cluster, which logs to a file. */
export interface Server {
  /** Undefined if the process could not be started. */
  pid(): number | undefined;
  /** Returns the log of all starts. */
  logs(): string;
  /**
   * Waits until the URL answers 200.
   * @throws Error with the last lines of the log if the process ends or is not ready in time
   */
  untilOk(url: string, ca?: string): Promise<void>;
  /** Ends the process, with SIGKILL by default: an API server without etcd hangs on SIGTERM. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops the process and starts it again. Use {@link Server.untilOk} to wait until it answers. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

/** Generous, in milliseconds: on a busy machine an API server may need minutes. */
const startTimeout = 240_000;
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
});

export function startServer(program: string, args: readonly string[], folder: string, env?: NodeJS.ProcessEnv): Server {
  const name = basename(program);
  const log = join(folder, `${name}.log`);
  const logs = () => readFileSync(log, 'utf8');
  let run = launch(program, args, log, env);
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (!run.ended()) {
      run.child.kill(signal);
      await once(run.child, 'exit');
    }
  };

  return {
    pid: () => run.child.pid,
    logs,
    async untilOk(url, ca) {
      const deadline = Date.now() + startTimeout;
      while (!(await answersOk(url, ca)) || run.ended()) {
        if (run.ended() || Date.now() > deadline) {
          const lastLines = logs().trimEnd().split('\n').slice(-20).join('\n');
          throw new Error(
            `${name} ${run.ended() ?? `is not ready after ${startTimeout / 1000} s`}; the end of its log:\n${lastLines}`,
          );
        }
        await sleep(50);
      }
    },
    stop,
    async restart(signal) {
      await stop(signal);
      run = launch(program, args, log, env);
    },
  };
}

/** Starts the process; `ended` returns how it ended, if it did. */
function launch(program: string, args: readonly string[], log: string, env?: NodeJS.ProcessEnv) {
  const output = openSync(log, 'a', 0o600);
  const child = spawn(program, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
  closeSync(output);
  running.add(child);
  let end: string | undefined;
  child.once('error', (error) => {
    end = error.message;
  });
  child.once('exit', (code, signal) => {
    end ??= `ended with ${signal ?? `code ${code}`}`;
    running.delete(child);
  });
  return { child, ended: () => end };
}

function answersOk(url: string, ca?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = url.startsWith('https:') ? https : http;
    const request = client.get(url, { ca, timeout: 10_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
