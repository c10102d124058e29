import { spawn } from 'node:child_process';
import type { Identity } from './pki';

/** Any Kubernetes object. */
export type KubeObject = { apiVersion: string; kind: string; metadata: object } & Record<string, unknown>;

/** What demo, tests and benches see of a cluster, be it ours or one that the user has. */
export interface Cluster {
  /** The address that its servers listen on. */
  readonly address: string;
  /** The API server. */
  readonly url: string;
  /** The same API server under another address that its certificate names, where there is one. */
  readonly secondUrl?: string;
  /** What the API server's certificate is verified with, PEM. */
  readonly ca: string;
  /** A folder for this cluster's files; it goes with `stop`. */
  readonly dir: string;
  /** The path of a kubeconfig of a cluster administrator. */
  readonly kubeconfig: string;
  /** Whether the user brought it. Its pods are run by its own kubelets. */
  readonly existing: boolean;
  /** The path of a new kubeconfig, for a client certificate that the cluster accepts. */
  kubeconfigFor(identity: Identity & { readonly name?: string }): Promise<string>;
  /** Server-side apply of objects, or of the YAML in a file or folder. */
  apply(objects: string | KubeObject | readonly KubeObject[]): Promise<void>;
  /** Runs kubectl as the administrator and returns what it prints. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Adds something to be stopped before the cluster is. */
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

/** `kubectl` and `apply` of a cluster. */
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
      // kubectl may end without reading all of its input.
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

/** Collects what has to be stopped, and stops it in the reverse order. */
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
