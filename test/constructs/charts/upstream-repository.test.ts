import { describe, expect, test } from 'vitest';
import { UpstreamRepository, type UpstreamRepositoryProps } from '../../../src/constructs/charts/upstream-repository';
import { messageOf } from '../../support/errors';
import { synth } from '../../support/synth';

const props: UpstreamRepositoryProps = { name: 'cilium', namespace: 'platform', url: 'https://helm.cilium.io' };

const repository = (changes: Partial<UpstreamRepositoryProps> = {}) =>
  synth((chart) => new UpstreamRepository(chart, 'repository', { ...props, ...changes }), 'elsewhere');

describe('an UpstreamRepository', () => {
  test('is a HelmRepository of the URL, without a certificate', () => {
    expect(repository()).toEqual([
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'HelmRepository',
        metadata: { name: 'cilium', namespace: 'platform' },
        spec: { url: 'https://helm.cilium.io', interval: '5m0s' },
      },
    ]);
  });

  test('can have labels, durations, Secrets, and credentials for every host', () => {
    const changes = {
      labels: { tier: 'system' },
      interval: '1h',
      timeout: '30s',
      secretRef: { name: 'login' },
      certSecretRef: { name: 'ca' },
      passCredentials: true,
    };

    const [object] = repository(changes);

    const { labels, ...spec } = changes;
    expect(object?.metadata.labels).toEqual(labels);
    expect(object?.spec).toEqual({ url: 'https://helm.cilium.io', ...spec });
  });

  test.each([
    'https://helm.cilium.io/',
    'https://charts.example:8443/a/b%20c/@scope',
    'http://10.0.0.1:8080/charts',
    'https://[2001:db8::1]/charts',
    'https://charts.example/namespaces/team/services/charts',
  ])('can have the URL %s', (url) => {
    expect(repository({ url })[0]).toHaveProperty('spec.url', url);
  });
});

describe('an UpstreamRepository that Flux could not read is rejected, with object, reason and fix', () => {
  const url = (text: unknown) => ({ url: text as string });
  const form = 'write https://HOST[:PORT]/PATH';

  test.each<readonly [Partial<UpstreamRepositoryProps>, problem: string, fix: string]>([
    [url(undefined), 'invalid URL: undefined is no text', form],
    [url(''), 'invalid URL: "" is no URL of a chart repository', form],
    [url('helm.cilium.io'), '"helm.cilium.io" is no URL', form],
    [url('HTTPS://helm.cilium.io'), 'is no URL', form],
    [url('ftp://helm.cilium.io'), 'is no URL', form],
    [url('https:///charts'), 'is no URL', form],
    [url('https://helm.cilium.io:0'), 'is no URL', form],
    [url('https://helm.cilium.io:99999'), 'is no URL', form],
    [url('https://helm.cilium.io/a b'), 'is no URL', form],
    [url('https://helm.cilium.io/%zz'), 'is no URL', form],
    [url('https://helm.cilium.io\\charts'), 'is no URL', form],
    [url('oci://quay.io/cilium/charts/cilium'), 'is a chart in a registry', 'use an OciChart'],
    [url('https://helm.cilium.io/index.yaml'), 'names the index', 'remove /index.yaml'],
    [url('https://charts.example/?channel=stable'), 'has a query or a fragment', 'remove it'],
    [url('https://charts.example/#stable'), 'has a query or a fragment', 'remove it'],
    [
      url('https://example.org:6443/api/v1/namespaces/platform/pods/flux-assets-0:8123/proxy/charts'),
      "leads through the API server's proxy",
      'set assets, and give the path on the assets server in place of the url',
    ],
    [{ interval: '5 minutes' }, 'the interval "5 minutes" does not match', 'such as 5m0s (units: ms, s, m, h)'],
    [{ timeout: '1h' }, 'the timeout "1h" does not match', 'such as 1m30s (units: ms, s, m)'],
    [{ passCredentials: true }, 'passCredentials without a secretRef passes nothing', 'remove it, or set secretRef'],
  ])('%j', (changes, problem, fix) => {
    const message = messageOf('ERR_EGGTOOTH_SOURCE', () => repository(changes));

    expect(message).toMatch(/^HelmRepository platform\/cilium: /);
    expect(message).toContain(problem);
    expect(message).toContain(fix);
  });

  test.each([
    'https://user:hunter2@charts.example',
    'https://hunter2@charts.example/charts',
    'https://user:hunter2/x@charts.example',
    'https://user:hunter2?x@charts.example',
    'ftp://user:hunter2@charts.example',
    'user:hunter2@charts.example',
    'https://charts.example/charts?token=hunter2',
    'https://charts.example/charts#hunter2',
  ])('with a message that does not contain the credentials in %s', (text) => {
    expect(messageOf('ERR_EGGTOOTH_SOURCE', () => repository(url(text)))).not.toContain('hunter2');
  });

  test.each([
    [{ secretRef: { name: 'Login' } }, 'Secret platform/Login: invalid name: "Login"'],
    [{ certSecretRef: 'ca' as never }, 'certSecretRef names no Secret\n  fix: write certSecretRef: { name:'],
    [{ secretRef: null as never }, 'secretRef names no Secret'],
    [{ name: 'Cilium' }, 'invalid name: "Cilium"'],
  ])('if a name is invalid: %j', (changes, problem) => {
    expect(messageOf('ERR_EGGTOOTH_OPTION', () => repository(changes))).toContain(problem);
  });
});
