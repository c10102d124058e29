import type {
  ArtifactGeneratorManifest,
  HelmChartManifest,
  HelmReleaseManifest,
  HelmRepositoryManifest,
  OciRepositoryManifest,
} from '../../src/kubernetes/flux-manifests';
import type {
  CertificateSigningRequestManifest,
  ClusterRoleManifest,
  DeploymentManifest,
  RoleManifest,
  ServiceManifest,
  StatefulSetManifest,
} from '../../src/kubernetes/k8s';

const role: RoleManifest = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'reader', namespace: 'cozy-system', labels: { app: 'reader' } },
  rules: [{ apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['cozystack-assets-0:8123'], verbs: ['get'] }],
};

const labels = { app: 'cozystack-assets' };
const statefulSet: StatefulSetManifest = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'cozystack-assets', namespace: 'cozy-system' },
  spec: {
    serviceName: 'cozystack-assets',
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        hostNetwork: true,
        containers: [
          {
            name: 'assets',
            ports: [{ containerPort: 8123, hostIP: '127.0.0.1' }],
            resources: { limits: { cpu: 1, memory: '64Mi' } },
            readinessProbe: { httpGet: { path: '/', port: 'http', httpHeaders: [{ name: 'Host', value: 'a' }] } },
          },
        ],
      },
    },
  },
};

const helmRepository: HelmRepositoryManifest = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmRepository',
  metadata: { name: 'cozystack-system', namespace: 'cozy-system' },
  spec: { url: 'https://example.org:6443', type: 'default', certSecretRef: { name: 'cozystack-assets-tls' } },
};

const ociRepository: OciRepositoryManifest = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'OCIRepository',
  metadata: { name: 'cozystack-packages', namespace: 'cozy-system' },
  spec: {
    url: 'oci://registry.example/packages',
    interval: '5m',
    ref: { tag: 'v1' },
    verify: { provider: 'cosign', matchOIDCIdentity: [{ issuer: '^https://issuer.example$', subject: '^ci$' }] },
  },
};

const artifactGenerator: ArtifactGeneratorManifest = {
  apiVersion: 'source.extensions.fluxcd.io/v1beta1',
  kind: 'ArtifactGenerator',
  metadata: { name: 'cozystack-packages', namespace: 'cozy-system' },
  spec: {
    sources: [{ alias: 'packages', kind: 'OCIRepository', name: 'cozystack-packages' }],
    artifacts: [{ name: 'cilium', copy: [{ from: '@packages/system/cilium/**', to: '@artifact/cilium/' }] }],
  },
};

const helmRelease: HelmReleaseManifest = {
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'cilium', namespace: 'cozy-cilium' },
  spec: {
    chartRef: { kind: 'ExternalArtifact', name: 'cilium', namespace: 'cozy-system' },
    interval: '5m',
    install: { crds: 'CreateReplace', disableOpenAPIValidation: true, remediation: { retries: -1 } },
    values: { kubeProxyReplacement: true, k8sServicePort: 6443 },
  },
};

const request: CertificateSigningRequestManifest = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { generateName: 'reader-' },
  spec: { request: 'LS0t', signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
};

/** What compiles, and passes through a synth unchanged. */
export const accepted = [role, statefulSet, helmRepository, ociRepository, artifactGenerator, helmRelease, request];

/** What must not compile: `tsc --noEmit` reports each line that compiles anyway. */
export const refused = {
  unknownField: {
    ...role,
    // @ts-expect-error a Role has no spec
    spec: {},
  } satisfies RoleManifest,
  wrongKind: {
    ...role,
    // @ts-expect-error another kind
    kind: 'ClusterRole',
  } satisfies RoleManifest,
  wrongType: {
    ...role,
    // @ts-expect-error verbs is a list
    rules: [{ verbs: 'get' }],
  } satisfies RoleManifest,
  noNamespace: {
    ...role,
    // @ts-expect-error a Role needs a namespace
    metadata: { name: 'reader' },
  } satisfies RoleManifest,
  unknownMetadata: {
    ...role,
    // @ts-expect-error metadata has no field label
    metadata: { name: 'reader', namespace: 'cozy-system', label: {} },
  } satisfies RoleManifest,
  namespaceOfClusterRole: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    // @ts-expect-error a ClusterRole has no namespace
    metadata: { name: 'reader', namespace: 'cozy-system' },
    // the field's name in the API, not the generated one
    rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
  } satisfies ClusterRoleManifest,
  namespaceOfRequest: {
    ...request,
    // @ts-expect-error a CertificateSigningRequest has no namespace
    metadata: { generateName: 'reader-', namespace: 'cozy-system' },
  } satisfies CertificateSigningRequestManifest,
  nameTwice: {
    ...request,
    // @ts-expect-error either a name or a prefix for one
    metadata: { generateName: 'reader-', name: 'reader' },
  } satisfies CertificateSigningRequestManifest,
  noName: {
    ...request,
    // @ts-expect-error neither a name nor a prefix for one
    metadata: {},
  } satisfies CertificateSigningRequestManifest,
  generatorsSpelling: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'assets', namespace: 'cozy-system' },
    // @ts-expect-error the field's name in the API is clusterIP
    spec: { clusterIp: 'None' },
  } satisfies ServiceManifest,
  noSpec: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'flux', namespace: 'cozy-fluxcd' },
    // @ts-expect-error a Deployment without its spec
  } satisfies DeploymentManifest,
  unknownType: {
    ...helmRepository,
    // @ts-expect-error default or oci
    spec: { url: 'https://example.org', type: 'git' },
  } satisfies HelmRepositoryManifest,
  noUrl: {
    ...helmRepository,
    // @ts-expect-error spec.url is required
    spec: {},
  } satisfies HelmRepositoryManifest,
  unknownSource: {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmChart',
    metadata: { name: 'cilium', namespace: 'cozy-system' },
    spec: {
      chart: 'cilium',
      // @ts-expect-error a kind that has no charts
      sourceRef: { kind: 'OCIRepository', name: 'cozystack-system' },
    },
  } satisfies HelmChartManifest,
  unknownArtifact: {
    ...helmRelease,
    // @ts-expect-error a kind that is not a chart
    spec: { chartRef: { kind: 'HelmRepository', name: 'cilium' }, interval: '5m' },
  } satisfies HelmReleaseManifest,
  noAlias: {
    ...artifactGenerator,
    // @ts-expect-error a source without its alias
    spec: { sources: [{ kind: 'OCIRepository', name: 'packages' }], artifacts: [] },
  } satisfies ArtifactGeneratorManifest,
};
