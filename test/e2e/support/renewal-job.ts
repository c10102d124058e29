import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Testing } from 'cdk8s';
import {
  ApiServer,
  AssetsReader,
  AssetsRepository,
  CertificateRenewal,
  type CertificateRenewalOptions,
  type KubeObject,
  ProxyRoute,
} from '../../../src';
import type { ApiCall, Cluster as Client } from '../../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../../src/cluster/kubeconfig';
import { EggtoothError } from '../../../src/errors';
import type { Cluster } from '../../../tools/control-plane';

/** The objects of a renewal for one user, whose Secret `assets-tls` is in the namespace of the renewal job. */
export function renewalObjects(
  url: string,
  {
    namespace,
    user,
    certificateAuthority,
    ...options
  }: {
    readonly namespace: string;
    readonly user: string;
    readonly certificateAuthority?: string;
  } & CertificateRenewalOptions,
): readonly KubeObject[] {
  const chart = new Chart(new App(), 'renewal');
  const route = ProxyRoute.pod({ namespace, name: 'assets-0', port: 8123 });
  const reader = new AssetsReader(chart, 'reader', { name: 'assets-reader', user, secretName: 'assets-tls', route });
  const apiServer = ApiServer.fromUrl(url, { certificateAuthority });
  const system = new AssetsRepository(chart, 'system', {
    name: 'system',
    namespace,
    path: '/system',
    apiServer,
    reader,
  });
  new CertificateRenewal(chart, 'renewal', { ...options, name: 'renewal', namespace, repositories: [system] });
  return Testing.synth(chart);
}

/** How the API server answers a call: `admitted`, the name of the policy that denied it, or why else it was rejected. */
export async function answerTo(client: Client, call: Omit<ApiCall, 'purpose'>): Promise<string> {
  try {
    await client.call({ purpose: 'try it', quotable: true, ...call });
    return 'admitted';
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw error;
    return error.deniedBy ?? error.problem;
  }
}

/** A kubeconfig for a service account, with a token of it. */
export async function kubeconfigOfServiceAccount(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const token = (await cluster.kubectl(['create', 'token', name, '-n', namespace])).trim();
  const authority = Buffer.from(cluster.ca).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'cluster',
    clusters: [{ name: 'cluster', cluster: { server: cluster.url, 'certificate-authority-data': authority } }],
    users: [{ name, user: { token } }],
    contexts: [{ name: 'cluster', context: { cluster: 'cluster', user: name } }],
  };
  const file = join(cluster.dir, `${namespace}-${name}.kubeconfig`);
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Connects to the API server as a service account. */
export async function clientOfServiceAccount(
  cluster: Cluster,
  serviceAccount: { readonly namespace: string; readonly name: string },
): Promise<Client> {
  return clusterFromKubeconfig({ kubeconfig: await kubeconfigOfServiceAccount(cluster, serviceAccount) });
}
