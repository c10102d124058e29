import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from 'eggtooth';

const app = new App();
const apiServer = ApiServer.fromUrl(process.env.API_SERVER_URL ?? 'https://example.org:6443');

new BootstrapBundle(app, 'bundle', {
  apiServer,
  namespace: 'kube-system',
  repositories: [{ name: 'cilium', url: 'https://helm.cilium.io' }],
  flux: {},
  releases: [
    {
      name: 'cilium',
      repository: 'cilium',
      version: '1.20.x',
      values: {
        // Without kube-proxy, Cilium reaches the API server where Flux does.
        kubeProxyReplacement: true,
        k8sServiceHost: apiServer.host,
        k8sServicePort: apiServer.port,
        // A second replica needs a second node.
        operator: { replicas: 1 },
      },
    },
  ],
});
app.synth();
