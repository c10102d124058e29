// Made by `npm run imports` from github.com/fluxcd/source-controller/api v1.9.5, github.com/fluxcd/kustomize-controller/api v1.9.5, github.com/fluxcd/helm-controller/api v1.6.4, github.com/fluxcd/notification-controller/api v1.9.4, github.com/fluxcd/source-watcher/api/v2 v2.2.4
/** Patterns of fields of spec in the CRD helmrepositories.source.toolkit.fluxcd.io, v1: each one is for new RegExp. */
export const helmRepositoryPatterns = {
  interval: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  timeout: '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$',
  url: '^(http|https|oci)://.*$',
} as const;
/** Patterns of fields of spec in the CRD helmreleases.helm.toolkit.fluxcd.io, v2: each one is for new RegExp. */
export const helmReleasePatterns = {
  'chart.spec.interval': '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  'install.strategy.retryInterval': '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  'install.timeout': '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  interval: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  'rollback.timeout': '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  'test.timeout': '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  timeout: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  'uninstall.timeout': '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  'upgrade.strategy.retryInterval': '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  'upgrade.timeout': '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  'valuesFrom[].targetPath': '^([a-zA-Z0-9_\\-.\\\\\\/]|\\[[0-9]{1,5}\\])+$',
  'valuesFrom[].valuesKey': '^[\\-._a-zA-Z0-9]+$',
} as const;
/** Greatest lengths of fields of spec, in characters. */
export const helmReleaseMaxLengths = {
  'chart.spec.chart': 2048,
  'chart.spec.sourceRef.name': 253,
  'chart.spec.sourceRef.namespace': 63,
  'chartRef.name': 253,
  'chartRef.namespace': 63,
  releaseName: 53,
  serviceAccountName: 253,
  storageNamespace: 63,
  targetNamespace: 63,
  'test.filters[].name': 253,
  'valuesFrom[].name': 253,
  'valuesFrom[].targetPath': 250,
  'valuesFrom[].valuesKey': 253,
} as const;
/** Patterns of fields of spec in the CRD ocirepositories.source.toolkit.fluxcd.io, v1: each one is for new RegExp. */
export const ociRepositoryPatterns = {
  interval: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  timeout: '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$',
  url: '^oci://.*$',
} as const;
/** Patterns of fields of spec in the CRD artifactgenerators.source.extensions.fluxcd.io, v1beta1: each one is for new RegExp. */
export const artifactGeneratorPatterns = {
  'artifacts[].copy[].from': '^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)/(.*)$',
  'artifacts[].copy[].to': '^@artifact/([^/]{0,1}|[^./][^/]|[.][^./]|[^/]{3,})(/([^/]{0,1}|[^./][^/]|[.][^./]|[^/]{3,}))*$',
  'artifacts[].originRevision': '^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)$',
  'artifacts[].revision': '^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)$',
  pathPattern: '^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)/(.*)$',
  'sources[].alias': '^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$',
  'sources[].name': '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
  'sources[].namespace': '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
} as const;
/** Greatest lengths of fields of spec, in characters. */
export const artifactGeneratorMaxLengths = {
  'artifacts[].copy[].exclude[]': 1024,
  'artifacts[].copy[].from': 1024,
  'artifacts[].copy[].to': 1024,
  'artifacts[].name': 253,
  'artifacts[].originRevision': 64,
  'artifacts[].revision': 64,
  pathPattern: 1024,
  'sources[].alias': 63,
  'sources[].name': 253,
  'sources[].namespace': 63,
} as const;
/** Patterns of fields of spec in the CRD gitrepositories.source.toolkit.fluxcd.io, v1: each one is for new RegExp. */
export const gitRepositoryPatterns = {
  interval: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  timeout: '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$',
  url: '^(http|https|ssh)://.*$',
} as const;
/** Patterns of fields of spec in the CRD kustomizations.kustomize.toolkit.fluxcd.io, v1: each one is for new RegExp. */
export const kustomizationPatterns = {
  interval: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  retryInterval: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  timeout: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
} as const;
/** Greatest lengths of fields of spec, in characters. */
export const kustomizationMaxLengths = {
  namePrefix: 200,
  nameSuffix: 200,
  'postBuild.substituteFrom[].name': 253,
  targetNamespace: 63,
} as const;
