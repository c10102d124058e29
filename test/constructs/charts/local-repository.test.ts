import { describe, expect, test } from 'vitest';
import { LocalRepository, type LocalRepositoryProps } from '../../../src/constructs/charts/local-repository';
import { errorOf } from '../../support/errors';
import { synth } from '../../support/synth';

const props: LocalRepositoryProps = {
  name: 'system',
  namespace: 'platform',
  path: '/repos/system',
  assets: { port: 8123 },
};

const repository = (changes: Partial<LocalRepositoryProps> = {}) =>
  synth((chart) => new LocalRepository(chart, 'repository', { ...props, ...changes }));

describe('a LocalRepository', () => {
  test('is a HelmRepository on localhost without a certificate', () => {
    expect(repository()).toEqual([
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'HelmRepository',
        metadata: { name: 'system', namespace: 'platform' },
        spec: { url: 'http://localhost:8123/repos/system', interval: '5m0s' },
      },
    ]);
  });

  test('can have labels, an interval and a timeout', () => {
    const [object] = repository({ labels: { tier: 'system' }, interval: '1h', timeout: '30s' });

    expect(object).toMatchObject({
      metadata: { labels: { tier: 'system' } },
      spec: { interval: '1h', timeout: '30s' },
    });
  });

  test.each(['repos', '/repos/', '/repos?x', '/a/../b'])('is rejected with the path %j', (path) => {
    errorOf('ERR_EGGTOOTH_ROUTE', () => repository({ path }));
  });
});
