import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiProxy, type SeenCall, startApiProxy } from './api-proxy';
import { bundleObjects, writeBundle } from './bundle';
import { type Stage, startStage } from './stage';

/** Namespaces of the Secrets of the stage's bundle. */
export const NAMESPACES = ['eggtooth-system', 'eggtooth-shop'] as const;

/** A Secret as kubectl prints it. */
export interface SecretObject {
  readonly metadata: {
    readonly namespace: string;
    readonly resourceVersion: string;
    readonly annotations: Record<string, string>;
  };
  readonly data: Readonly<Record<string, string>>;
}

/** A stage whose API server is reached through an {@link ApiProxy}, by the caller and with the new certificate. */
export interface ProxiedStage extends Stage {
  readonly proxy: ApiProxy;
  /** Kubeconfig of an administrator through the proxy. */
  readonly kubeconfig: string;
}

/** Starts a stage with a proxy in front of it. */
export async function startProxiedStage(): Promise<ProxiedStage> {
  const stage = await startStage();
  try {
    const proxy = await startApiProxy(stage.cluster);
    const bundle = writeBundle(join(stage.cluster.dir, 'proxied.yaml'), bundleObjects({ url: proxy.url }));
    return { ...stage, proxy, bundle, kubeconfig: redirect(stage.cluster.kubeconfig, proxy) };
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

/** A copy of a kubeconfig whose cluster is another server. */
export function redirect(kubeconfig: string, { url, ca }: { readonly url: string; readonly ca: string }): string {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  const authority = Buffer.from(ca).toString('base64');
  config.clusters[0].cluster = { server: url, 'certificate-authority-data': authority };
  const file = `${kubeconfig}-${new URL(url).port}`;
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** The Secrets of the reader that exist. */
export async function secretsOf({ cluster }: Stage): Promise<readonly SecretObject[]> {
  const list = await cluster.kubectl(['get', 'secrets', '-A', '--field-selector=metadata.name=assets-tls', '-o=json']);
  return JSON.parse(list).items;
}

/** Names of the CertificateSigningRequests that exist. */
export async function requestNames({ cluster }: Stage): Promise<readonly string[]> {
  const names = await cluster.kubectl(['get', 'csr', '-o=name']);
  return names.split('\n').filter((name) => name !== '');
}

/** Deletes Secrets and requests, so that nothing is issued. */
export async function forget({ cluster }: Stage): Promise<void> {
  const secrets = NAMESPACES.map((namespace) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'assets-tls', namespace },
  }));
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: secrets });
  await Promise.all([
    cluster.kubectl(['delete', '--ignore-not-found', '-f', '-'], list),
    cluster.kubectl(['delete', 'csr', '--all']),
  ]);
}

/** A call of `issue` in words. */
export function nameOf({ method, path, query }: SeenCall): string {
  const [, namespace] = /\/namespaces\/([^/]+)/.exec(path) ?? [];
  const what = method === 'PATCH' ? (query.has('dryRun') ? 'try to write' : 'write') : 'read';
  if (path.endsWith('/selfsubjectreviews')) return 'ask whose certificate it is';
  if (path.endsWith('/selfsubjectrulesreviews')) return 'ask what it may do';
  if (path.endsWith('/helmrepositories')) return 'look for other readers';
  if (path.endsWith('/approval')) return 'approve the request';
  if (path.includes('/certificatesigningrequests')) {
    return method === 'POST' ? 'create the request' : 'read the request';
  }
  if (path.includes('/rolebindings/')) return 'read whom it binds';
  if (path === '/api/v1/secrets') return 'try to list secrets';
  if (path.includes('/secrets/')) return `${what} Secret ${namespace}`;
  if (path.includes('/helmrepositories/'))
    return `${query.has('dryRun') ? 'try to request' : 'request'} reconciliation ${namespace}`;
  if (path.includes('/not-')) return 'try another pod';
  return `read index ${/\/repos\/([^/]+)/.exec(path)?.[1] ?? path}`;
}
