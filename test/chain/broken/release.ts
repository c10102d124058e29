import type { KubeObject } from '../../../src/kubernetes/kube-object';

/** The HelmRepository of the golden bundle that is in another namespace than the server. */
export const appsSource = { kind: 'HelmRepository', name: 'cozystack-apps', namespace: 'cozy-public' };
/** What a HelmRelease needs in order to be installed on a node without CNI. */
export const retried = {
  install: { strategy: { name: 'RetryOnFailure' } },
  upgrade: { strategy: { name: 'RetryOnFailure' } },
};
const fromApps = { chart: { spec: { chart: 'any', sourceRef: appsSource } } };

/** A HelmRelease in the namespace of the golden bundle's server. */
export function release(name: string, spec: object = {}, namespace = 'cozy-system'): KubeObject {
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, namespace },
    spec: { interval: '5m', ...retried, ...fromApps, ...spec },
  };
}

/** The HelmRelease with a statement of what is on the cluster already. */
export function existing(objects: string, one: KubeObject): KubeObject {
  return { ...one, metadata: { ...one.metadata, annotations: { 'eggtooth.dev/existing': objects } } };
}

/** A spec with this sourceRef. */
export function from(sourceRef: unknown): object {
  return { chart: { spec: { chart: 'any', sourceRef } } };
}

/** A spec with this chartRef. */
export function by(chartRef: unknown): object {
  return { chart: undefined, chartRef };
}
