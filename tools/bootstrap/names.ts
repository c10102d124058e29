/** The names that the bundle, the images and the chart share. */
export const names = {
  namespace: 'platform',
  /** The StatefulSet that serves the charts, and its port on the node. */
  assets: 'flux-assets',
  assetsPort: 8123,
  assetsImage: 'localhost/assets:1',
  repository: 'system',
  fluxNamespace: 'flux-system',
  /** Name of the chart of the CNI, and of its release in namespace kube-system. */
  cni: 'cni',
  cniImage: 'localhost/cni-installer:1',
  /** Addresses of the pods that are not on the host network. */
  podSubnet: '10.244.0.0/24',
} as const;

/** The controllers of Flux that the node runs. */
export const fluxControllers = ['source-controller', 'helm-controller'] as const;

export function fluxImage(controller: (typeof fluxControllers)[number]): string {
  return `localhost/${controller}:1`;
}
