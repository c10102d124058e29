import { ApiObject, type Chart, JsonPatch } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import { ProxyRoute } from '../../../src/chain/proxy-route';
import { AssetsReader } from '../../../src/constructs/charts/assets-reader';
import { AssetsRepository, type AssetsRepositoryProps } from '../../../src/constructs/charts/assets-repository';
import { errorOf } from '../../support/errors';
import { synth } from '../../support/synth';

const route = ProxyRoute.pod({ namespace: 'platform', name: 'flux-assets-0', port: 8123 });

const helmRepository = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmRepository',
  metadata: { name: 'apps', namespace: 'tenants' },
  spec: {
    url: 'https://example.org:6443/api/v1/namespaces/platform/pods/flux-assets-0:8123/proxy/repos/apps',
    interval: '5m0s',
    certSecretRef: { name: 'assets-reader-tls' },
  },
};

function repositoryIn(chart: Chart, props: Partial<AssetsRepositoryProps> = {}, id = 'repository'): AssetsRepository {
  return new AssetsRepository(chart, id, {
    name: 'apps',
    namespace: 'tenants',
    path: '/repos/apps',
    apiServer: ApiServer.fromUrl('https://example.org:6443'),
    reader: new AssetsReader(chart, 'reader', { name: 'assets-reader', route }),
    ...props,
  });
}

/** The HelmRepository as in the YAML, after the reader's Role and RoleBinding. */
function synthRepository(build: (chart: Chart) => unknown, namespace?: string) {
  return synth(build, namespace)[2];
}

describe('an AssetsRepository', () => {
  test('is a HelmRepository with the route and the Secret of the reader', () => {
    expect(synthRepository((chart) => repositoryIn(chart))).toEqual(helmRepository);
  });

  test('exposes the URL that Flux reads', () => {
    synth((chart) => expect(repositoryIn(chart).url).toBe(helmRepository.spec.url));
  });

  test('can be the root of the server', () => {
    const root = helmRepository.spec.url.replace('/repos/apps', '');

    expect(synthRepository((chart) => repositoryIn(chart, { path: '' }))).toHaveProperty('spec.url', root);
  });

  test('can have labels, an interval and a timeout', () => {
    const object = synthRepository((chart) =>
      repositoryIn(chart, { labels: { 'example.org/ui': 'true' }, interval: '1h', timeout: '1m30s' }),
    );

    expect(object).toEqual({
      ...helmRepository,
      metadata: { ...helmRepository.metadata, labels: { 'example.org/ui': 'true' } },
      spec: { ...helmRepository.spec, interval: '1h', timeout: '1m30s' },
    });
  });

  test('has the CA of the API server as an annotation', () => {
    const certificateAuthority = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    const apiServer = ApiServer.fromUrl('https://example.org:6443', { certificateAuthority });

    expect(synthRepository((chart) => repositoryIn(chart, { apiServer }))?.metadata).toEqual({
      ...helmRepository.metadata,
      annotations: { 'eggtooth.dev/certificate-authority': certificateAuthority },
    });
  });

  test('keeps its namespace in a Chart with another one', () => {
    expect(synthRepository((chart) => repositoryIn(chart), 'elsewhere')).toEqual(helmRepository);
  });

  test('has the same YAML with every construct id', () => {
    expect(synthRepository((chart) => repositoryIn(chart, {}, 'renamed'))).toEqual(helmRepository);
  });

  test('accepts JSON patches: ApiObject.of returns the HelmRepository', () => {
    const object = synthRepository((chart) => {
      const repository = repositoryIn(chart);
      repository.apiObject.addJsonPatch(JsonPatch.add('/spec/suspend', true));
      expect(ApiObject.of(repository)).toBe(repository.apiObject);
    });

    expect(object).toHaveProperty('spec.suspend', true);
  });

  test.each(['repos/apps', '/repos/apps/', '/repos//apps', '/repos/../apps', '/repos%2Fapps', '/repos?x'])(
    'is rejected with the path %j',
    (path) => {
      const build = () => synth((chart) => repositoryIn(chart, { path }));

      expect(errorOf('ERR_EGGTOOTH_ROUTE', build).problem).toContain(JSON.stringify(path));
    },
  );
});
