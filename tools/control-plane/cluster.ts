import { spawn } from 'node:child_process';
import type { Identity } from './pki';

/** Any Kubernetes object. */
export type KubeObject = { apiVersion: string; kind: string; metadata: object } & Record<string, unknown>;

/** A cluster of the demo, tests and benches: a new one, or one that the user has. */
export interface Cluster {
  /** The address of its servers. */
  readonly address: string;
  /** URL of the API server. */
  readonly url: string;
  /** URL of the same API server with another address that its certificate contains, if there is one. */
  readonly secondUrl?: string;
  /** The CA that signed the certificate of the API server, PEM. */
  readonly ca: string;
  /** A folder for files of this cluster; `stop` removes it. */
  readonly dir: string;
  /** Path of a kubeconfig of a cluster administrator. */
  readonly kubeconfig: string;
  /** Whether it is a cluster that the user has. Its own kubelets run its pods. */
  readonly existing: boolean;
  /** Writes a kubeconfig with a client certificate that the cluster accepts; returns its path. */
  kubeconfigFor(identity: Identity & { readonly name?: string }): Promise<string>;
  /** Applies objects, or the YAML in a file or folder, by server-side apply. */
  apply(objects: string | KubeObject | readonly KubeObject[]): Promise<void>;
  /** Runs kubectl as the administrator; returns its output. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Adds something to stop before the cluster. */
  onStop(stop: () => Promise<void>): void;
  stop(): Promise<void>;
}

export class KubectlError extends Error {
  override readonly name = 'KubectlError';

  constructor(
    readonly args: readonly string[],
    readonly stderr: string,
  ) {
    super(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
  }
}

/** Makes `kubectl` and `apply` of a cluster. */
export function kubectlOf(program: string, kubeconfig: string, cache: string): Pick<Cluster, 'apply' | 'kubectl'> {
  const kubectl = (args: readonly string[], input = '') =>
    new Promise<string>((resolve, reject) => {
      const child = spawn(program, ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...args]);
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(new KubectlError(args, stderr))));
      // kubectl may exit before it has read all its input.
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    });

  return {
    kubectl,
    async apply(objects) {
      const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager', 'control-plane-tools', '-f'];
      if (typeof objects === 'string') {
        await kubectl([...apply, objects]);
      } else {
        const list = { apiVersion: 'v1', kind: 'List', items: [objects].flat() };
        await kubectl([...apply, '-'], JSON.stringify(list));
      }
    },
  };
}

/** Collects what must be stopped, and stops it in reverse order. */
export function stopStack(): Pick<Cluster, 'onStop' | 'stop'> {
  const stops: (() => Promise<void>)[] = [];
  return {
    onStop: (stop) => {
      stops.push(stop);
    },
    async stop() {
      for (let stop = stops.pop(); stop; stop = stops.pop()) {
        await stop();
      }
    },
  };
}
