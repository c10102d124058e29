import { Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../../src/chain/api-server';
import { BootstrapBundle } from '../../../src/constructs/bundle/bootstrap-bundle';
import { OciBundle } from '../../../src/constructs/bundle/oci-bundle';
import { messageOf } from '../../support/errors';

const apiServer = ApiServer.fromUrl('https://example.org:6443');
const repositories = [{ name: 'cilium', url: 'https://helm.cilium.io' }];
const common = { apiServer, namespace: 'platform' };

/** Props as a program in JavaScript gives them. */
const bootstrap = (changes: object) => () =>
  new BootstrapBundle(Testing.app(), 'bundle', { ...common, repositories, ...changes });
const oci = (changes: object) => () =>
  new OciBundle(Testing.app(), 'bundle', {
    ...common,
    assets: { name: 'charts', url: 'oci://registry.example/charts', version: { tag: '1' } },
    charts: [{ name: 'network', path: 'network' }],
    ...changes,
  });

describe('a bundle of a program without types is rejected with the fix', () => {
  test.each([
    ['no apiServer', bootstrap({ apiServer: undefined }), 'has no apiServer', 'ApiServer.fromUrl('],
    ['a URL for the apiServer', bootstrap({ apiServer: 'https://a.b' }), 'has no apiServer', 'ApiServer.fromUrl('],
    ['no repositories', bootstrap({ repositories: undefined }), 'has no repositories', 'repositories: [{ name:'],
    ['one repository', bootstrap({ repositories: repositories[0] }), 'needs a list of repositories', '[{ name:'],
    ['one release', bootstrap({ releases: { name: 'cilium' } }), 'needs a list of releases', '[{ name:'],
    [
      'a release without a repository',
      bootstrap({ releases: [{ name: 'cilium' }] }),
      'HelmRelease platform/cilium: no repository of the bundle with this name: undefined',
      'use one of platform/cilium',
    ],
    ['no apiServer from OCI', oci({ apiServer: undefined }), 'has no apiServer', 'ApiServer.fromUrl('],
    ['no charts', oci({ charts: undefined }), 'has no charts', 'charts: [{ name:'],
  ])('with %s', (_, bundle, problem, fix) => {
    const [message, ...more] = messageOf('ERR_EGGTOOTH_OPTION', bundle).split('\n');

    expect(message).toContain(problem);
    expect(more.join('\n')).toContain(`fix: `);
    expect(more.join('\n')).toContain(fix);
  });
});
