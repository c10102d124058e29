import { describe, expect, test } from 'vitest';
import { ChartRelease } from '../../../src/constructs/charts/chart-release';
import { OciChart, type OciChartProps } from '../../../src/constructs/charts/oci-chart';
import type { OciVerification } from '../../../src/constructs/charts/oci-verification';
import { messageOf } from '../../support/errors';
import { synth } from '../../support/synth';

const props: OciChartProps = {
  name: 'cilium',
  namespace: 'platform',
  url: 'oci://quay.io/cilium/charts/cilium',
  version: { semver: '1.18.x' },
};

const oci = (changes: Partial<OciChartProps> = {}) =>
  synth((chart) => new OciChart(chart, 'chart', { ...props, ...changes }), 'elsewhere');
const identity = { issuer: '^https://issuer[.]example$', subject: '^https://example[.]org/.*$' };

describe('an OciChart', () => {
  test('is an OCIRepository of the layer that Helm pushes, which Flux keeps as the archive that it is', () => {
    expect(oci()).toEqual([
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'OCIRepository',
        metadata: { name: 'cilium', namespace: 'platform' },
        spec: {
          url: 'oci://quay.io/cilium/charts/cilium',
          ref: { semver: '1.18.x' },
          interval: '5m0s',
          layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
        },
      },
    ]);
  });

  test('can have every option of its kind', () => {
    const options = {
      interval: '1h',
      timeout: '30s',
      verify: { provider: 'cosign', secretRef: { name: 'keys' }, trustedRootSecretRef: { name: 'root' } } as const,
      secretRef: { name: 'login' },
      certSecretRef: { name: 'ca' },
      proxySecretRef: { name: 'proxy' },
      provider: 'generic' as const,
      serviceAccountName: 'charts',
      insecure: true,
    };

    const [object] = oci({ labels: { tier: 'system' }, ...options });

    expect(object?.metadata.labels).toEqual({ tier: 'system' });
    expect(object?.spec).toMatchObject(options);
  });

  test('is installed by the chartRef of a HelmRelease', () => {
    const [, release] = synth((chart) => {
      const { chartRef } = new OciChart(chart, 'chart', props);
      new ChartRelease(chart, 'release', { name: 'cilium', namespace: 'kube-system', chart: chartRef });
    });

    expect(release).toHaveProperty('spec.chartRef', { kind: 'OCIRepository', name: 'cilium', namespace: 'platform' });
    expect(release).not.toHaveProperty('spec.chart');
  });

  test.each([
    'oci://registry.example/charts',
    'oci://registry:5000/charts',
    'oci://127.0.0.1:5000/a/b-c/d__e.f',
    'oci://[2001:db8::1]/charts',
  ])('can have the URL %s', (url) => {
    expect(oci({ url })[0]).toHaveProperty('spec.url', url);
  });

  test.each<OciVerification>([
    { provider: 'cosign', matchOIDCIdentity: [identity] },
    { provider: 'cosign', matchOIDCIdentity: [identity], trustedRootSecretRef: { name: 'root' } },
    { provider: 'notation', secretRef: { name: 'trust' } },
  ])('can be verified as %j', (verify) => {
    expect(oci({ verify })[0]).toHaveProperty('spec.verify', verify);
  });
});

describe('an OciChart that Flux would refuse, or of which it would ignore an option, is rejected with the fix', () => {
  const url = (text: unknown) => ({ url: text as string });
  const untyped = (changes: object) => changes as Partial<OciChartProps>;
  const cosign = (verify: object) => ({ verify: { provider: 'cosign', ...verify } as OciVerification });
  const notation = (verify: object) => ({ verify: { provider: 'notation', ...verify } as OciVerification });
  const invalid = 'invalid URL: ';

  test.each<readonly [Partial<OciChartProps>, problem: string, fix: string]>([
    [url(undefined), 'invalid URL: undefined', 'write oci://HOST[:PORT]/PATH'],
    [url('https://quay.io/cilium'), 'invalid URL: "https://quay.io/cilium"', 'write oci://HOST[:PORT]/PATH'],
    [url('oci://registry.example/Charts'), invalid, 'in lower case'],
    [url('oci://registry.example/charts/'), invalid, 'write oci://'],
    [url('oci://registry.example//charts'), invalid, 'write oci://'],
    [url('oci://registry.example/a/../b'), invalid, 'write oci://'],
    [url('oci://registry.example/a'), invalid, 'write oci://'],
    [url('oci://registry.example/charts:1.0.0'), invalid, 'put tag and digest into version'],
    [url('oci://localhost/charts'), 'which Flux takes for a repository of Docker Hub', 'oci://localhost:443/PATH'],
    [untyped({ version: undefined }), 'invalid version: neither', 'exactly one of digest, semver and tag'],
    [untyped({ version: '1.2.3' }), 'invalid version: neither', 'exactly one of digest, semver and tag'],
    [untyped({ version: { tag: 1 } }), 'invalid tag: 1', 'write a tag'],
    [{ version: { tag: '1.0.0+build' } }, 'invalid tag: "1.0.0+build"', 'Helm writes _ for the + of a version'],
    [untyped({ provider: 'gitlab' }), 'invalid provider: "gitlab"', 'use one of generic, aws, azure, gcp'],
    [
      { provider: 'aws', secretRef: { name: 'login' } },
      'Flux ignores the provider aws beside a secretRef',
      'remove one of them',
    ],
    [cosign({}), 'Flux would accept a signature of everybody', 'set verify.secretRef, or verify.matchOIDCIdentity'],
    [cosign({ matchOIDCIdentity: [] }), 'Flux would accept a signature of everybody', 'set verify.secretRef'],
    [
      cosign({ secretRef: { name: 'keys' }, matchOIDCIdentity: [identity] }),
      'Flux ignores verify.matchOIDCIdentity beside a verify.secretRef',
      'remove one of them',
    ],
    [
      cosign({ matchOIDCIdentity: [{ issuer: identity.issuer }] }),
      'verify.matchOIDCIdentity[0].subject is missing',
      'write a regular expression',
    ],
    [notation({}), 'Flux cannot verify with notation without a secretRef', 'trustpolicy.json'],
    [
      notation({ secretRef: { name: 'trust' }, matchOIDCIdentity: [identity] }),
      'Flux ignores verify.matchOIDCIdentity with notation',
      'remove verify.matchOIDCIdentity',
    ],
    [
      notation({ secretRef: { name: 'trust' }, trustedRootSecretRef: { name: 'root' } }),
      'Flux ignores verify.trustedRootSecretRef with notation',
      'remove verify.trustedRootSecretRef',
    ],
    [untyped({ verify: { provider: 'gpg' } }), 'invalid verify.provider: "gpg"', 'use cosign or notation'],
  ])('%j', (changes, problem, fix) => {
    const message = messageOf('ERR_EGGTOOTH_SOURCE', () => oci(changes));

    expect(message).toMatch(/^OCIRepository platform\/cilium: /);
    expect(message).toContain(problem);
    expect(message).toContain(fix);
  });

  test.each(['oci://user:hunter2@registry.example/charts', 'oci://registry.example/charts?token=hunter2'])(
    'without the credentials in %s',
    (text) => {
      expect(messageOf('ERR_EGGTOOTH_SOURCE', () => oci(url(text)))).not.toContain('hunter2');
    },
  );

  test.each([
    [{ secretRef: { name: 'Login' } }, 'Secret platform/Login: invalid name'],
    [{ proxySecretRef: {} as never }, 'proxySecretRef names no Secret'],
    [notation({ secretRef: {} }), 'verify.secretRef names no Secret\n  fix: write secretRef: { name:'],
    [{ serviceAccountName: 'Charts' }, 'ServiceAccount platform/Charts: invalid name'],
  ])('if a name is invalid: %j', (changes, problem) => {
    expect(messageOf('ERR_EGGTOOTH_OPTION', () => oci(changes))).toContain(problem);
  });
});
