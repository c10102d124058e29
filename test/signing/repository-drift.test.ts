import { expect, test } from 'vitest';
import { repositoryDrift } from '../../src/signing/flux/repository-drift';

const wanted = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmRepository',
  metadata: { name: 'system', namespace: 'platform' },
  spec: { url: 'https://kube.example:6443/a', interval: '5m', certSecretRef: { name: 'tls' } },
};
const found = (spec: object) => ({ ...wanted, spec: { ...wanted.spec, ...spec } });

test('repositoryDrift is undefined for a repository with other defaults and another interval', () => {
  expect(repositoryDrift(found({ timeout: '60s', provider: 'generic', interval: '1h' }), wanted)).toBeUndefined();
});

test.each([
  [
    { url: 'https://other.example/a' },
    'its spec.url is https://other.example/a in the cluster, and https://kube.example:6443/a in the bundle',
  ],
  [{ certSecretRef: { name: 'other' } }, 'its spec.certSecretRef.name is other in the cluster, and tls in the bundle'],
  [{ certSecretRef: undefined }, 'its spec.certSecretRef.name is (none) in the cluster, and tls in the bundle'],
  [{ secretRef: { name: 'password' } }, 'its spec.secretRef.name is password in the cluster, and (none) in the bundle'],
  [
    { proxySecretRef: { name: 'proxy' } },
    'its spec.proxySecretRef.name is proxy in the cluster, and (none) in the bundle',
  ],
  [{ ref: { tag: '2' } }, 'its spec.ref.tag is 2 in the cluster, and (none) in the bundle'],
  [
    { verify: { provider: 'cosign', secretRef: { name: 'keys' } } },
    'its spec.verify.secretRef.name is keys in the cluster, and (none) in the bundle',
  ],
])('repositoryDrift names the field that differs: %j', (spec, drift) => {
  expect(repositoryDrift(found(spec), wanted)).toBe(drift);
});
