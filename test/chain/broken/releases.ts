import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type Broken, env, extended, type Sound, withoutCni } from './broken';
import { existing, release } from './release';

/** A Deployment of Flux with this container. */
export function flux(container: { name: string; image?: string; args?: readonly string[] }): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'flux', namespace: 'cozy-fluxcd' },
    spec: {
      template: { spec: { ...withoutCni, containers: [{ image: 'registry.example/any:1', env, ...container }] } },
    },
  };
}

const any = 'HelmRelease cozy-system/any';
const second = 'HelmRelease cozy-system/second';
const strict = '--no-cross-namespace-refs';

const brokenNamespaces: readonly Broken[] = [
  { name: 'helm-controller', args: ['--log-level=info', strict] },
  { name: 'helm-controller', args: [`${strict}=false`, `${strict}=true`] },
  { name: 'manager', image: 'registry.example/fluxcd/helm-controller:v1.6.4', args: [strict] },
].map((container) => ({
  rule: 'release-namespace',
  by: `a source in another namespace and Flux as ${JSON.stringify(container)}`,
  ...extended(flux(container), release('any')),
  at: [any],
  field: 'spec.chart.spec.sourceRef.namespace',
  says: "the source is in namespace cozy-public, and Deployment cozy-fluxcd/flux rejects other namespaces than the HelmRelease's",
  fix: 'move the HelmRepository to namespace cozy-system, or run Flux without that flag',
}));

const taken = { rule: 'release-name', at: [second], fix: 'set another releaseName for one of them' };
const brokenNames: readonly Broken[] = [
  {
    ...taken,
    by: 'one releaseName of two HelmReleases',
    ...extended(release('first', { releaseName: 'network' }), release('second', { releaseName: 'network' })),
    field: 'spec.releaseName',
    says: 'is Helm release cozy-system/network, as is HelmRelease cozy-system/first: each would overwrite the other',
  },
  {
    ...taken,
    by: 'a releaseName that is the derived name of another HelmRelease',
    ...extended(
      release('first', { targetNamespace: 'network' }, 'cozy-public'),
      release('second', { releaseName: 'network-first', targetNamespace: 'network' }),
    ),
    field: 'spec.releaseName',
    says: 'is Helm release network/network-first, as is HelmRelease cozy-public/first',
  },
  {
    ...taken,
    by: 'HelmReleases of one name with one storageNamespace',
    ...extended(
      release('second', { storageNamespace: 'history' }, 'cozy-public'),
      release('second', { storageNamespace: 'history' }),
    ),
    field: 'metadata.name',
    says: 'is Helm release cozy-system/second, as is HelmRelease cozy-public/second',
  },
  {
    ...taken,
    by: 'a releaseName of 54 characters',
    ...extended(release('any', { releaseName: 'a'.repeat(54) })),
    at: [any],
    field: 'spec.releaseName',
    says: 'has 54 characters, and Helm allows 53',
    fix: 'choose a shorter name',
  },
];

const brokenOthers: readonly Broken[] = [
  ...[undefined, '5 minutes', 300].map((interval) => ({
    rule: 'interval',
    by: `a HelmRelease with the interval ${interval}`,
    ...extended(release('any', { interval })),
    at: [any],
    field: 'spec.interval',
    says:
      interval === undefined
        ? 'is missing'
        : `${JSON.stringify(interval)} does not match ^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$, as its CRD requires`,
    fix: 'write a duration such as 5m0s',
  })),
  {
    rule: 'interval',
    by: 'a HelmRelease with the timeout 1d',
    ...extended(release('any', { timeout: '1d' })),
    at: [any],
    field: 'spec.timeout',
    says: '"1d" does not match',
    fix: 'write a duration such as 5m0s',
  },
  ...[{ name: 'first' }, { name: 'second', namespace: 'cozy-public' }, { name: 'elsewhere' }, {}].map((dependency) => ({
    rule: 'release-depends-on',
    by: `a HelmRelease that waits for ${JSON.stringify(dependency)}`,
    ...extended(
      release('first', {}, 'cozy-public'),
      release('second', { dependsOn: [{ name: 'first', namespace: 'cozy-public' }, dependency] }),
    ),
    at: [second],
    field: 'spec.dependsOn[1]',
    says: `waits for HelmRelease ${dependency.namespace ?? 'cozy-system'}/${dependency.name ?? ''}, which is not in the bundle`,
    fix: `add it to the bundle. If the cluster has it already, set the annotation eggtooth.dev/existing: HelmRelease/${dependency.namespace ?? 'cozy-system'}/${dependency.name ?? ''}`,
  })),
  {
    rule: 'release-depends-on',
    by: 'a HelmRelease that waits for another one than is stated to exist',
    ...extended(existing('HelmRelease/cozy-public/first', release('second', { dependsOn: [{ name: 'first' }] }))),
    at: [second],
    field: 'spec.dependsOn[0]',
    says: 'waits for HelmRelease cozy-system/first, which is not in the bundle',
    fix: 'add it to the bundle',
  },
];

/** Bundles with an invalid HelmRelease. */
export const brokenReleases: readonly Broken[] = [...brokenNamespaces, ...brokenNames, ...brokenOthers];

/** Bundles with valid HelmReleases. */
export const soundReleases: readonly Sound[] = [
  {
    with: 'a kind HelmRelease of another API group',
    ...extended({ ...release('any', { chart: undefined }), apiVersion: 'helm.example.org/v1' }),
  },
  {
    with: 'a strict Flux and a source in the namespace of its HelmRelease',
    ...extended(flux({ name: 'helm-controller', args: [strict] }), release('any', {}, 'cozy-public')),
  },
  {
    with: 'a Flux whose last flag turns strictness off',
    ...extended(flux({ name: 'helm-controller', args: [strict, `${strict}=false`] }), release('any')),
  },
  {
    with: 'a Flux of which only notification-controller is strict',
    ...extended(flux({ name: 'notification-controller', args: [strict] }), release('any')),
  },
  {
    with: 'HelmReleases of one name in two namespaces',
    ...extended(release('any'), release('any', {}, 'cozy-public')),
  },
  {
    with: 'HelmReleases of one releaseName on two clusters',
    ...extended(
      release('first', { releaseName: 'network', kubeConfig: { secretRef: { name: 'a' } } }),
      release('second', { releaseName: 'network', kubeConfig: { secretRef: { name: 'b' } } }),
      release('third', { releaseName: 'network' }),
    ),
  },
  { with: 'a HelmRelease with a timeout of hours', ...extended(release('any', { timeout: '1h' })) },
  { with: 'a releaseName of 53 characters', ...extended(release('any', { releaseName: 'a'.repeat(53) })) },
  {
    with: 'a HelmRelease with a name of 63 characters, which helm-controller shortens',
    ...extended(release('a'.repeat(63))),
  },
  {
    with: 'a HelmRelease that waits for one that is on the cluster, in its own namespace and in another',
    ...extended(
      existing(
        'HelmRelease/cozy-system/first, HelmRelease/kube-system/cilium',
        release('any', { dependsOn: [{ name: 'first' }, { name: 'cilium', namespace: 'kube-system' }] }),
      ),
    ),
  },
  {
    with: 'a HelmRelease that waits for another one of the bundle',
    ...extended(release('first'), release('second', { dependsOn: [{ name: 'first' }] })),
  },
];
