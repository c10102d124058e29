import type { KubeObject } from '../../../../src/kubernetes/kube-object';

const labels = {
  'app.kubernetes.io/name': 'flux',
  'app.kubernetes.io/part-of': 'flux',
  'app.kubernetes.io/version': 'v2.8.0',
  'app.kubernetes.io/managed-by': 'timoni',
};

/** Metadata as every object has it. */
function metadata(name: string, more: { namespace?: string; labels?: Record<string, string> } = {}) {
  const annotations = { 'app.kubernetes.io/role': 'cluster-admin' };
  return { name, annotations, ...more, labels: { ...labels, ...more.labels } };
}

const namespace = 'flux-system';
const toolkits = ['notification', 'source', 'helm', 'image', 'kustomize'].map((kit) => `${kit}.toolkit.fluxcd.io`);

const appliers = [
  '--watch-label-selector=!sharding.fluxcd.io/key',
  '--concurrent=5',
  '--requeue-dependency=30s',
  '--events-addr=http://localhost:9690',
  '--feature-gates=ExternalArtifact=true',
];

interface Controller {
  readonly ports: Readonly<Record<string, number>>;
  readonly readiness: { readonly path: string; readonly port: string };
  readonly args: readonly string[];
}

function container(name: string, tag: string, { ports, readiness, args }: Controller) {
  const portOf = (role: string) => Object.entries(ports).find(([port]) => port.startsWith(role)) ?? ['', 0];
  const [health] = portOf('healthz-');
  return {
    name,
    image: `ghcr.io/fluxcd/${name}:${tag}`,
    imagePullPolicy: 'IfNotPresent',
    args: [
      '--watch-all-namespaces',
      '--log-level=info',
      '--log-encoding=json',
      '--enable-leader-election=false',
      `--metrics-addr=:${portOf('http-prom-')[1]}`,
      `--health-addr=:${portOf('healthz-')[1]}`,
      ...args,
    ],
    env: [
      { name: 'SOURCE_CONTROLLER_LOCALHOST', value: 'localhost:9790' },
      { name: 'SOURCE_WATCHER_LOCALHOST', value: 'localhost:9691' },
      { name: 'RUNTIME_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'GOMEMLIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
      { name: 'TUF_ROOT', value: '/tmp/.sigstore' },
      { name: 'NO_PROXY', value: '.cluster.local.,.cluster.local,.svc' },
    ],
    ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort, protocol: 'TCP' })),
    livenessProbe: { httpGet: { path: '/healthz', port: health } },
    readinessProbe: { httpGet: readiness },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '1Gi' } },
    volumeMounts: [
      ...(readiness.path === '/' ? [{ name: 'data', mountPath: '/data' }] : []),
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

const kinds = {
  'helm.toolkit.fluxcd.io': ['helmreleases'],
  'image.toolkit.fluxcd.io': ['imagepolicies', 'imagerepositories', 'imageupdateautomations'],
  'kustomize.toolkit.fluxcd.io': ['kustomizations'],
  'notification.toolkit.fluxcd.io': ['alerts', 'providers', 'receivers'],
  'source.extensions.fluxcd.io': ['artifactgenerators'],
  'source.toolkit.fluxcd.io': [
    'buckets',
    'externalartifacts',
    'gitrepositories',
    'helmcharts',
    'helmrepositories',
    'ocirepositories',
  ],
};

/** The names of the CRDs that come with it. */
export const fluxAio280Crds = Object.entries(kinds).flatMap(([group, names]) =>
  names.map((name) => `${name}.${group}`),
);

/** What flux-aio renders for Flux 2.8.0 by its own defaults, but for its CRDs. */
export const fluxAio280: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: metadata(namespace, {
      labels: {
        'pod-security.kubernetes.io/enforce': 'privileged',
        'pod-security.kubernetes.io/warn': 'privileged',
        'pod-security.kubernetes.io/audit': 'privileged',
      },
    }),
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('flux', { namespace }) },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: metadata('flux'),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'flux', namespace }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: metadata('flux-view', {
      labels: {
        'rbac.authorization.k8s.io/aggregate-to-admin': 'true',
        'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
        'rbac.authorization.k8s.io/aggregate-to-view': 'true',
      },
    }),
    rules: [
      { apiGroups: [...toolkits, 'source.extensions.fluxcd.io'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: metadata('flux', { namespace }),
    spec: {
      hard: { pods: '1000' },
      scopeSelector: {
        matchExpressions: [
          {
            operator: 'In',
            scopeName: 'PriorityClass',
            values: ['system-node-critical', 'system-cluster-critical'],
          },
        ],
      },
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata('flux', { namespace }),
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { 'app.kubernetes.io/name': 'flux' } },
      template: {
        metadata: {
          labels: { 'app.kubernetes.io/name': 'flux' },
          annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true', 'prometheus.io/scrape': 'true' },
        },
        spec: {
          hostNetwork: true,
          serviceAccountName: 'flux',
          priorityClassName: 'system-cluster-critical',
          terminationGracePeriodSeconds: 120,
          securityContext: { fsGroup: 1337 },
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] },
                ],
              },
            },
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  topologyKey: 'kubernetes.io/hostname',
                  labelSelector: {
                    matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: ['flux'] }],
                  },
                },
              ],
            },
          },
          tolerations: [
            { key: 'node.kubernetes.io/not-ready', operator: 'Exists' },
            {
              key: 'node.kubernetes.io/unreachable',
              operator: 'Exists',
              effect: 'NoExecute',
              tolerationSeconds: 300,
            },
          ],
          containers: [
            container('source-controller', 'v1.8.0', {
              ports: { 'http-sc': 9790, 'http-prom-sc': 9791, 'healthz-sc': 9792 },
              readiness: { path: '/', port: 'http-sc' },
              args: [
                '--storage-addr=:9790',
                '--storage-path=/data',
                '--storage-adv-addr=flux.$(RUNTIME_NAMESPACE).svc.cluster.local.',
                '--concurrent=5',
                '--requeue-dependency=30s',
                '--watch-label-selector=!sharding.fluxcd.io/key',
                '--helm-cache-max-size=10',
                '--helm-cache-ttl=60m',
                '--helm-cache-purge-interval=5m',
                '--events-addr=http://localhost:9690',
              ],
            }),
            container('kustomize-controller', 'v1.8.0', {
              ports: { 'http-prom-kc': 9793, 'healthz-kc': 9794 },
              readiness: { path: '/readyz', port: 'healthz-kc' },
              args: ['--override-manager=timoni', ...appliers],
            }),
            container('helm-controller', 'v1.5.0', {
              ports: { 'http-prom-hc': 9795, 'healthz-hc': 9796 },
              readiness: { path: '/readyz', port: 'healthz-hc' },
              args: appliers,
            }),
            container('notification-controller', 'v1.8.0', {
              ports: { 'http-nc': 9690, 'http-webhook-nc': 9797, 'http-prom-nc': 9798, 'healthz-nc': 9799 },
              readiness: { path: '/readyz', port: 'healthz-nc' },
              args: ['--receiverAddr=:9797', '--events-addr=:9690'],
            }),
            container('source-watcher', 'v2.1.0', {
              ports: { 'http-sw': 9691, 'http-prom-sw': 9692, 'healthz-sw': 9693 },
              readiness: { path: '/', port: 'http-sw' },
              args: [
                '--storage-addr=:9691',
                '--storage-path=/data',
                '--storage-adv-addr=source-watcher.$(RUNTIME_NAMESPACE).svc.cluster.local.',
                '--events-addr=http://localhost:9690',
              ],
            }),
          ],
          volumes: [
            { name: 'data', emptyDir: {} },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  },
];
