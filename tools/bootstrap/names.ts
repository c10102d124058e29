/** The names on which bundle, images and charts of the demo agree. */
export const names = {
  namespace: 'platform',
  /** The StatefulSet that serves the charts, and its port on the node. */
  assets: 'flux-assets',
  assetsPort: 8123,
  assetsImage: 'localhost/assets:1',
  repository: 'system',
  fluxNamespace: 'flux-system',
  sourceControllerImage: 'localhost/source-controller:1',
  /** The chart of the CNI and its release, in namespace kube-system. */
  cni: 'cni',
  cniImage: 'localhost/cni-installer:1',
  /** The addresses of ordinary pods. */
  podSubnet: '10.244.0.0/24',
} as const;
