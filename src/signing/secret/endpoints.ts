import type { ApiServer } from '../../chain/api-server';
import type { Credential, CredentialSecret } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { caBundle, mergeCaBundles } from './ca-bundle';

/** The endpoints that a credential is used at, each once. */
export function endpointsOf({ secrets }: Credential): readonly ApiServer[] {
  return [
    ...new Map(secrets.flatMap(({ endpoints }) => endpoints).map((endpoint) => [endpoint.url, endpoint])).values(),
  ];
}

/** Finds the CA of every endpoint, and tells what each Secret needs. */
export async function readCas(cluster: Cluster, credential: Credential): Promise<(secret: CredentialSecret) => string> {
  const [namespace = 'default'] = credential.secrets.map((secret) => secret.namespace);
  const endpoints = endpointsOf(credential);
  const bundles = await Promise.all(endpoints.map((endpoint) => caBundle(cluster, endpoint, namespace)));
  const byUrl = new Map(endpoints.map(({ url }, index) => [url, bundles[index] ?? '']));
  return (secret) => mergeCaBundles(secret.endpoints.map(({ url }) => byUrl.get(url) ?? ''));
}
