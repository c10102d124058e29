import { join } from 'node:path';
import { expect } from 'vitest';
import { Chain } from '../../../src/chain/chain';
import type { Cluster as Client } from '../../../src/cluster/cluster';
import { clusterFromKubeconfig } from '../../../src/cluster/kubeconfig';
import { isError } from '../../../src/errors';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { checkCertificate } from '../../../src/pki/check-certificate';
import { PrivateKey } from '../../../src/pki/private-key';
import { type Cluster, eventually, runPod } from '../../../tools/control-plane';
import { type ApiProxy, startApiProxy } from './api-proxy';
import { type BundleOptions, bundleObjects, writeBundle } from './bundle';
import { redirect, type SecretObject } from './proxied-stage';
import { servedCharts } from './stage';

/** A chain on a cluster that has several, behind a proxy of its own. */
export interface Lane {
  readonly proxy: ApiProxy;
  /** Kubeconfig of an administrator through the proxy. */
  readonly kubeconfig: string;
  /** The same as a client. */
  readonly client: Client;
  readonly namespaces: readonly [string, string];
  objects(generation?: number): readonly KubeObject[];
  chain(generation?: number): Chain;
  /** File of the bundle. */
  bundle(generation?: number): string;
  /** The Secrets that exist. */
  secrets(client?: Client): Promise<readonly SecretObject[]>;
  /** The requests that exist for the lane's reader. */
  requests(client?: Client): Promise<readonly { readonly metadata: { readonly name: string; readonly uid: string } }[]>;
  /** Deletes the Secrets, so that nothing is issued. */
  forget(client?: Client): Promise<void>;
}

/** Applies the bundle of a lane to a cluster, and runs its pod. */
export async function startLane(
  cluster: Cluster,
  name: string,
  { interval, closing }: Pick<BundleOptions, 'interval'> & { readonly closing?: boolean } = {},
): Promise<Lane> {
  const proxy = await startApiProxy(cluster, { closing });
  const namespaces = [`${name}-system`, `${name}-shop`] as const;
  const known = new Map<number, readonly KubeObject[]>();
  const objects = (readerGeneration = 1) => {
    const found =
      known.get(readerGeneration) ??
      bundleObjects({ url: proxy.url, name, namespaces: [...namespaces], readerGeneration, interval });
    known.set(readerGeneration, found);
    return found;
  };
  const bundle = (generation = 1) => writeBundle(join(cluster.dir, `${name}-${generation}.yaml`), objects(generation));
  await cluster.apply(bundle());
  const folder = await servedCharts(cluster.dir);
  await runPod(cluster, { namespace: namespaces[0], name: `${name}-0`, port: 8123, folder });
  const paths = namespaces.map((namespace) => `/api/v1/namespaces/${namespace}/secrets/${name}-tls`);
  const kubeconfig = redirect(cluster.kubeconfig, proxy);
  const client = await clusterFromKubeconfig({ kubeconfig });
  cluster.onStop(async () => client.close());
  return {
    proxy,
    kubeconfig,
    client,
    namespaces,
    objects,
    chain: (generation) => Chain.fromObjects(objects(generation)),
    bundle,
    async secrets(reader = client) {
      const found = await Promise.all(paths.map((path) => call(reader, 'GET', path)));
      return found.filter((secret) => secret !== undefined) as SecretObject[];
    },
    async requests(reader = client) {
      const list = (await call(reader, 'GET', '/apis/certificates.k8s.io/v1/certificatesigningrequests')) as {
        items: { metadata: { name: string; uid: string } }[];
      };
      return list.items.filter(({ metadata }) => metadata.name.startsWith(`${name}-reader-`));
    },
    async forget(writer = client) {
      await Promise.all(paths.map((path) => call(writer, 'DELETE', path)));
    },
  };
}

/** One call of the API; `undefined` if there is no such object. */
async function call(client: Client, method: 'GET' | 'DELETE', path: string): Promise<unknown> {
  try {
    return await client.call({ purpose: 'look', method, path });
  } catch (error) {
    if (isError(error, 'ERR_EGGTOOTH_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Waits until Flux has read both repositories of a lane. */
export async function fluxIsReady(cluster: Cluster, { namespaces }: Lane): Promise<void> {
  await eventually(
    async () => {
      for (const namespace of namespaces) {
        const args = ['wait', 'helmrepositories', '--all', '-n', namespace, '--for=condition=Ready', '--timeout=1s'];
        await cluster.kubectl(args);
      }
    },
    { timeout: 60_000 },
  );
}

/** The fingerprint of the certificate in a Secret, which must be valid and for its key. */
export function fingerprintOf({ data }: Pick<SecretObject, 'data'>, user: string): string {
  const decode = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const privateKey = PrivateKey.fromPem(decode('tls.key')).toKeyObject();
  return checkCertificate(decode('tls.crt'), { user, privateKey }).fingerprint;
}

/** Expects one valid certificate of the user in both Secrets. */
export async function expectOne(lane: Lane, user: string, client?: Client): Promise<void> {
  const secrets = await lane.secrets(client);
  expect(secrets).toHaveLength(2);
  expect(new Set(secrets.map((secret) => fingerprintOf(secret, user))).size).toBe(1);
}
