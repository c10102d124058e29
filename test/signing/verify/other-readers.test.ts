import { expect, test } from 'vitest';
import { Chain } from '../../../src/chain/chain';
import type { Credential } from '../../../src/chain/credentials';
import type { Cluster } from '../../../src/cluster/cluster';
import { EggtoothError } from '../../../src/errors';
import { findOtherReaders } from '../../../src/signing/verify/other-readers';
import { bundleObjects } from '../../e2e/support/bundle';

const url = 'https://api.example:443';
const route = '/api/v1/namespaces/shop/pods/other-0/proxy/charts';

function credentialOf(): Credential {
  const [credential] = Chain.fromObjects(bundleObjects({ url })).credentials;
  if (credential === undefined) throw new Error('the bundle has no credential');
  return credential;
}

interface Found {
  readonly namespace?: string;
  readonly name?: string;
  readonly url?: string;
  readonly secret?: string;
  readonly suspend?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A cluster with HelmRepositories; without any, they cannot be listed. */
function clusterWith(...found: readonly Found[]): Cluster {
  const items = found.map(
    ({ namespace = 'shop', name = 'other', url: at = `${url}${route}`, secret, suspend, labels }) => ({
      metadata: { namespace, name, labels },
      spec: { url: at, suspend, ...(secret && { certSecretRef: { name: secret } }) },
    }),
  );
  return {
    server: url,
    async call() {
      if (items.length > 0) return { items };
      throw new EggtoothError('ERR_EGGTOOTH_FORBIDDEN', 'forbidden', { fix: 'grant it' });
    },
    close() {},
  };
}

test.each<[string, Found]>([
  ['another Secret', { secret: 'other-tls' }],
  ['a Secret of the same name in another namespace', { secret: 'assets-tls' }],
  ['no Secret', {}],
  ['the default port left out, and capitals', { secret: 'other-tls', url: `HTTPS://API.example${route}` }],
  ['a path that is no proxy', { secret: 'other-tls', url: `${url}/charts` }],
])('A HelmRepository at the same endpoint is reported: %s', async (_, found) => {
  const seen: string[] = [];
  const warnings = await findOtherReaders(clusterWith(found), credentialOf(), (warning) => seen.push(warning));

  expect(warnings).toEqual([
    `HelmRepository shop/other read from ${url} too, with another Secret than that of assets-reader: Flux pools connections by host, so requests may be made with the other certificate, and fail with 403; fix: let all of them use one reader, or give the bundle another address of the API server`,
  ]);
  expect(seen).toEqual(warnings);
});

test.each<[string, Found]>([
  ['of the bundle itself, with an earlier Secret', { namespace: 'eggtooth-system', name: 'system', secret: 'old' }],
  ['with the same Secret', { namespace: 'eggtooth-shop', name: 'more', secret: 'assets-tls' }],
  ['at another port', { secret: 'other-tls', url: `https://api.example:6443${route}` }],
  ['at another host', { secret: 'other-tls', url: `https://charts.example${route}` }],
  ['without TLS', { secret: 'other-tls', url: `http://api.example:443${route}` }],
  ['of OCI', { secret: 'other-tls', url: 'oci://api.example/charts' }],
  ['that is suspended', { secret: 'other-tls', suspend: true }],
  ['without a valid URL', { secret: 'other-tls', url: 'https://' }],
])('A HelmRepository is no clash: %s', async (_, found) => {
  expect(await findOtherReaders(clusterWith(found), credentialOf())).toEqual([]);
});

test('What an earlier version of the bundle left is named as such', async () => {
  const [object] = credentialOf().repositories.map((repository) => repository.object);
  const left = { secret: 'old-tls', labels: object?.metadata.labels };
  const [warning] = await findOtherReaders(clusterWith(left), credentialOf());

  expect(warning).toContain('an earlier version of the bundle left them: delete them with eggtooth up --prune');
});

test('Who may not list HelmRepositories gets no warning and no error', async () => {
  expect(await findOtherReaders(clusterWith(), credentialOf())).toEqual([]);
});
