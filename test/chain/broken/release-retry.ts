import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type Broken, extended, type Sound } from './broken';
import { release } from './release';
import { flux } from './releases';

const retry = { strategy: { name: 'RetryOnFailure', retryInterval: '30s' } };
const remediate = { strategy: { name: 'RemediateOnFailure' } };
const fix = 'set both spec.install.strategy and spec.upgrade.strategy to {name: RetryOnFailure, retryInterval: 30s}';

const cases: readonly [by: string, spec: object, field: 'install' | 'upgrade', says: string][] = [
  [
    "helm-controller's defaults",
    { install: undefined, upgrade: undefined },
    'install',
    'failed install, helm-controller gives up',
  ],
  [
    'a retried install alone',
    { install: retry, upgrade: undefined },
    'upgrade',
    'failed upgrade, helm-controller gives up',
  ],
  [
    'a retried upgrade alone',
    { install: undefined, upgrade: retry },
    'install',
    'failed install, helm-controller gives up',
  ],
  ['an empty install', { install: {}, upgrade: retry }, 'install', 'gives up'],
  ['the strategy RemediateOnFailure', { install: remediate, upgrade: remediate }, 'install', 'gives up'],
  ['the upgrade strategy RemediateOnFailure', { install: retry, upgrade: remediate }, 'upgrade', 'gives up'],
  ['an unknown strategy', { install: { strategy: { name: 'Retry' } }, upgrade: retry }, 'install', 'gives up'],
  [
    'a strategy without a name',
    { install: { strategy: { retryInterval: '30s' } }, upgrade: retry },
    'install',
    'gives up',
  ],
  [
    'three retries of an install',
    { install: { remediation: { retries: 3 } }, upgrade: retry },
    'install',
    'uninstalls the release, and gives up after 3 retries',
  ],
  [
    'an install that is uninstalled indefinitely',
    { install: { remediation: { retries: -1 } }, upgrade: { remediation: { retries: -1 } } },
    'install',
    'uninstalls the release: ',
  ],
  [
    'an upgrade that is rolled back indefinitely',
    { install: retry, upgrade: { remediation: { retries: -1 } } },
    'upgrade',
    'rolls the release back: ',
  ],
  [
    'an upgrade whose remediation is an uninstall',
    { install: retry, upgrade: { ...remediate, remediation: { retries: 2, strategy: 'uninstall' } } },
    'upgrade',
    'uninstalls the release, and gives up after 2 retries',
  ],
];

const gate = '--feature-gates=DefaultToRetryOnFailure';
const controller = (...args: string[]) => flux({ name: 'helm-controller', args });
const defaults = release('any', { install: undefined, upgrade: undefined });

const gates: readonly [by: string, args: readonly string[]][] = [
  ['the gate DefaultToRetryOnFailure turned off', [`${gate}=false`]],
  [
    'the gate turned off by its last value',
    [`${gate}=true`, `--feature-gates=ExternalArtifact=true,DefaultToRetryOnFailure=false`],
  ],
  ['a gate of another name', ['--feature-gates=NotDefaultToRetryOnFailure=true']],
];

const url = 'https://charts.example.org';
/** A bundle without a HelmRepository that reads through the API server. */
const ordinary: readonly KubeObject[] = [
  {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: 'cozystack-apps', namespace: 'cozy-public' },
    spec: { url, interval: '5m' },
  },
  defaults,
];

/** Flux as a workload that runs on the host network, or not. */
function fluxOn(hostNetwork: boolean, image: string, kind = 'Deployment', name = 'manager'): KubeObject {
  const template = { spec: { hostNetwork, containers: [{ name, image }] } };
  return {
    apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
    kind,
    metadata: { name: 'flux', namespace: 'cozy-fluxcd' },
    spec: kind === 'Pod' ? template.spec : { strategy: { type: 'Recreate' }, template },
  };
}

const helm = 'ghcr.io/fluxcd/helm-controller:v1.6.4';

/** Bundles for a node without CNI in which a HelmRelease is not retried indefinitely. */
export const brokenRetries: readonly Broken[] = [
  ...cases.map(([by, spec, action, says]) => ({
    by,
    ...extended(release('any', spec)),
    field: `spec.${action}.strategy`,
    says,
  })),
  ...gates.map(([by, args]) => ({
    by,
    ...extended(controller(...args), defaults),
    field: 'spec.install.strategy',
    says: 'gives up',
  })),
  ...[
    { by: 'a Flux on the host network', workload: fluxOn(true, helm) },
    { by: 'a Flux on the host network as a DaemonSet', workload: fluxOn(true, helm, 'DaemonSet') },
    {
      by: 'a source-controller on the host network',
      workload: fluxOn(true, 'localhost:5000/source-controller:v1', 'Pod'),
    },
    {
      by: 'a Flux by its container',
      workload: fluxOn(true, 'registry.example/flux:v1', 'Deployment', 'helm-controller'),
    },
  ].map(({ by, workload }) => ({
    by,
    objects: [workload, ...ordinary],
    field: 'spec.install.strategy',
    says: 'gives up',
  })),
].map((broken) => ({ rule: 'release-retry', at: ['HelmRelease cozy-system/any'], fix, ...broken }));

/** Bundles in which HelmReleases need no other strategy. */
export const soundRetries: readonly Sound[] = [
  { with: 'a HelmRelease that is retried every 30 s', ...extended(release('any', { install: retry, upgrade: retry })) },
  {
    with: 'remediations that have no effect beside RetryOnFailure',
    ...extended(
      release('any', {
        install: { ...retry, remediation: { retries: 3 } },
        upgrade: { ...retry, remediation: { retries: 3 } },
      }),
    ),
  },
  {
    with: "Cozystack's HelmRelease",
    ...extended(
      release('any', { install: { timeout: '10m', ...retry }, upgrade: { timeout: '10m', ...retry }, maxHistory: 5 }),
    ),
  },
  {
    with: 'a HelmRelease for another cluster',
    ...extended(release('any', { install: undefined, kubeConfig: { secretRef: { name: 'a' } } })),
  },
  ...[
    [`${gate}=true`],
    [`--feature-gates=ExternalArtifact=true,DefaultToRetryOnFailure=true`],
    ['--feature-gates', 'DefaultToRetryOnFailure=true'],
  ].map((args) => ({
    with: `the defaults of helm-controller ${args.join(' ')}`,
    ...extended(controller(...args), defaults),
  })),
  { with: 'the defaults in a bundle without Flux, for any cluster', objects: ordinary },
  {
    with: 'the defaults in a bundle with a Flux in the network of the CNI',
    objects: [fluxOn(false, helm), ...ordinary],
  },
  {
    with: 'the defaults beside another workload on the host network',
    objects: [fluxOn(true, 'registry.example/any:1'), ...ordinary],
  },
];
