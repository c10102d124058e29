import { ApiObject, App, Chart } from 'cdk8s';

const app = new App();
const chart = new Chart(app, 'repositories', { labels: { 'eggtooth.dev/bundle': 'platform.flux-assets' } });
const metadata = { name: 'flux-assets', namespace: 'platform' };
const reader = { name: 'flux-assets-reader', namespace: 'platform' };
const labels = { app: 'flux-assets' };

new ApiObject(chart, 'namespace', {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'platform', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
});
new ApiObject(chart, 'server', {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { ...metadata, labels },
  spec: {
    serviceName: 'flux-assets',
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
            image: 'registry.example/assets:1',
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
  rules: [{ apiGroups: [''], resources: ['pods/proxy'], resourceNames: ['flux-assets-0:8123'], verbs: ['get'] }],
});
new ApiObject(chart, 'binding', {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: reader,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'flux-assets-reader' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'flux-assets-reader' }],
});
const proxy = 'https://localhost:7445/api/v1/namespaces/platform/pods/flux-assets-0:8123/proxy';
for (let index = 0; index < Number(process.env.REPOSITORIES); index++) {
  new ApiObject(chart, `repository-${index}`, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: `repository-${index}`, namespace: 'platform' },
    spec: { url: `${proxy}/repos/${index}`, interval: '5m0s', certSecretRef: { name: 'flux-assets-tls' } },
  });
}
app.synth();
