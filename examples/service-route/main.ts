import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from 'eggtooth';

const app = new App();
new BootstrapBundle(app, 'bundle', {
  apiServer: ApiServer.fromUrl(process.env.API_SERVER_URL ?? 'https://example.org:6443'),
  namespace: 'platform',
  // A pod on each of three nodes: Flux continues to read while one of them is down.
  assets: { image: 'registry.example/assets:1', port: 8123, replicas: 3, readinessPath: '/charts/index.yaml' },
  route: (server) => server.serviceRoute(),
  repositories: [{ name: 'charts', path: '/charts' }],
  flux: {},
});
app.synth();
