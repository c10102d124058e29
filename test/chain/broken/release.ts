import type { KubeObject } from '../../../src/kubernetes/kube-object';

/** The HelmRepository of the golden bundle that is in another namespace than the server. */
export const appsSource = { kind: 'HelmRepository', name: 'cozystack-apps', namespace: 'cozy-public' };
const fromApps = { chart: { spec: { chart: 'any', sourceRef: appsSource } } };

/** A HelmRelease in the namespace of the golden bundle's server. */
export function release(name: string, spec: object = {}, namespace = 'cozy-system'): KubeObject {
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, namespace },
    spec: { interval: '5m', ...fromApps, ...spec },
  };
}

/** A spec with this sourceRef. */
export function from(sourceRef: unknown): object {
  return { chart: { spec: { chart: 'any', sourceRef } } };
}

/** A spec with this chartRef. */
export function by(chartRef: unknown): object {
  return { chart: undefined, chartRef };
}
