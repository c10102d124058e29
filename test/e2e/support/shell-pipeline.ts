import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../tools/control-plane';
import { writeKubeconfig } from '../../../tools/control-plane/kubeconfig';

/** A request of the shell pipeline. */
export interface ShellRequest {
  /** Name of the object. */
  readonly name: string;
  /** PKCS #10, or whatever is in its place. */
  readonly request: string;
  /** @default - client auth alone, as it was published */
  readonly usages?: readonly string[];
  readonly expirationSeconds?: number;
}

/** The pipeline that was published with the idea, step by step: OpenSSL and kubectl, as an administrator. */
export class ShellPipeline {
  /** @param kubeconfig - for kubectl, if it is not the administrator's */
  constructor(
    private readonly cluster: Cluster,
    private readonly kubeconfig?: string,
  ) {}

  /** `openssl genrsa` and `openssl req -new -subj`. */
  keyAndRequest(subject: string): { readonly key: string; readonly request: string } {
    const folder = mkdtempSync(join(this.cluster.dir, 'shell-'));
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    openssl('genrsa', '-out', 'tls.key', '2048');
    openssl('req', '-new', '-key', 'tls.key', '-subj', subject, '-out', 'tls.csr');
    const read = (file: string) => readFileSync(join(folder, file), 'utf8');
    return { key: read('tls.key'), request: read('tls.csr') };
  }

  /** `kubectl apply` of the CertificateSigningRequest; returns the output of kubectl. */
  apply(request: ShellRequest): Promise<string> {
    return this.kubectl(['apply', '-f', '-'], JSON.stringify(requestObject(request)));
  }

  /** `kubectl certificate approve`. */
  approve(name: string): Promise<string> {
    return this.kubectl(['certificate', 'approve', name]);
  }

  /** `kubectl wait`, then `kubectl get -o jsonpath | base64 -d`. */
  async certificate(name: string): Promise<string> {
    // Without the proxy of the tests, which forwards complete answers only: a watch has no end.
    await this.cluster.kubectl(['wait', `csr/${name}`, '--for=jsonpath={.status.certificate}', '--timeout=10s']);
    const encoded = await this.kubectl(['get', 'csr', name, '-o', 'jsonpath={.status.certificate}']);
    return Buffer.from(encoded, 'base64').toString('utf8');
  }

  /** `kubectl get configmap kube-root-ca.crt`, then `kubectl create secret generic`. */
  async secret(namespace: string, name: string, certificate: string, key: string): Promise<void> {
    const ca = await this.kubectl([
      'get',
      'configmap',
      'kube-root-ca.crt',
      '-n',
      namespace,
      '-o',
      'jsonpath={.data.ca\\.crt}',
    ]);
    const folder = mkdtempSync(join(this.cluster.dir, 'shell-'));
    const files = Object.entries({ 'tls.crt': certificate, 'tls.key': key, 'ca.crt': ca }).map(([file, text]) => {
      writeFileSync(join(folder, file), text, { mode: 0o600 });
      return `--from-file=${join(folder, file)}`;
    });
    await this.kubectl(['create', 'secret', 'generic', name, '-n', namespace, '--type=kubernetes.io/tls', ...files]);
  }

  /** All steps for an existing request. */
  async issue(request: ShellRequest): Promise<string> {
    await this.apply(request);
    await this.approve(request.name);
    return this.certificate(request.name);
  }

  private kubectl(args: readonly string[], input?: string): Promise<string> {
    const who = this.kubeconfig === undefined ? [] : ['--kubeconfig', this.kubeconfig];
    return this.cluster.kubectl([...who, ...args], input);
  }
}

/** The CertificateSigningRequest as the shell pipeline applies it. */
export function requestObject({ name, request, usages = ['client auth'], expirationSeconds }: ShellRequest): object {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      signerName: 'kubernetes.io/kube-apiserver-client',
      request: Buffer.from(request).toString('base64'),
      usages,
      expirationSeconds,
    },
  };
}

/** SHA-256 of a request, as `eggtooth approve --expect` takes it. */
export const sha256Of = (request: string): string => createHash('sha256').update(request).digest('hex');

/** Whom the API server takes the holder of a certificate for, and a kubectl of his. */
export async function holderOf(cluster: Cluster, certificate: string, key: string) {
  const folder = mkdtempSync(join(cluster.dir, 'holder-'));
  const kubeconfig = writeKubeconfig(join(folder, 'kubeconfig'), cluster.url, cluster.ca, 'holder', {
    certificate,
    key,
  });
  const kubectl = (...args: string[]) => cluster.kubectl(['--kubeconfig', kubeconfig, ...args]);
  const { status } = JSON.parse(await kubectl('auth', 'whoami', '-o', 'json'));
  const { username, groups }: { username: string; groups: readonly string[] } = status.userInfo;
  return { username, groups, kubectl };
}
