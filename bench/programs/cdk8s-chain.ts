import { ApiObject, App, Chart } from 'cdk8s';

const app = new App();
const chart = new Chart(app, 'cozystack', { labels: { 'eggtooth.dev/bundle': 'cozy-system.cozystack-assets' } });
const metadata = { name: 'cozystack-assets', namespace: 'cozy-system' };
const reader = { name: 'cozystack-assets-reader', namespace: 'cozy-system' };
const labels = { app: 'cozystack-assets' };

new ApiObject(chart, 'cozy-system', {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'cozy-system',
    labels: { 'cozystack.io/system': 'true', 'pod-security.kubernetes.io/enforce': 'privileged' },
  },
});
new ApiObject(chart, 'cozy-public', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cozy-public' } });
new ApiObject(chart, 'server', {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { ...metadata, labels },
  spec: {
    serviceName: 'cozystack-assets',
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        automountServiceAccountToken: false,
        hostNetwork: true,
        priorityClassName: 'system-cluster-critical',
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'assets-server',
            image: 'ghcr.io/cozystack/cozystack/cozystack-assets:v0.40.0',
            args: ['-dir=/cozystack/assets', '-address=:8123'],
            ports: [{ name: 'http', containerPort: 8123, hostPort: 8123 }],
            resources: { requests: { cpu: '10m', memory: '32Mi' } },
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              readOnlyRootFilesystem: true,
              runAsGroup: 65532,
              runAsNonRoot: true,
              runAsUser: 65532,
              seccompProfile: { type: 'RuntimeDefault' },
            },
          },
        ],
      },
    },
  },
});
new ApiObject(chart, 'service', {
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { type: 'ClusterIP', selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8123 }] },
});
new ApiObject(chart, 'role', {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: reader,
  rules: [{ apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['cozystack-assets-0'], verbs: ['get'] }],
});
new ApiObject(chart, 'binding', {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: reader,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'cozystack-assets-reader' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'cozystack-assets-reader' }],
});
const proxy = 'https://localhost:7445/api/v1/namespaces/cozy-system/pods/cozystack-assets-0/proxy';
for (const [name, namespace, labels] of [
  ['system', 'cozy-system', {}],
  ['apps', 'cozy-public', { 'cozystack.io/ui': 'true' }],
  ['extra', 'cozy-public', {}],
] as const) {
  new ApiObject(chart, name, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: `cozystack-${name}`, namespace, labels: { 'cozystack.io/repository': name, ...labels } },
    spec: { url: `${proxy}/repos/${name}`, interval: '5m0s', certSecretRef: { name: 'cozystack-assets-tls' } },
  });
}
app.synth();
