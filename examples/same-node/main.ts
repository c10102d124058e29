import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from 'eggtooth';

const app = new App();
new BootstrapBundle(app, 'bundle', {
  apiServer: ApiServer.fromUrl(process.env.API_SERVER_URL ?? 'https://example.org:6443'),
  namespace: 'platform',
  // A pod that follows Flux to its node. Only that node reaches the server.
  assets: { image: 'registry.example/assets:1', args: ['-address=127.0.0.1:8123'], port: 8123 },
  localhost: 'same-node',
  repositories: [{ name: 'charts', path: '/charts' }],
  flux: {},
});
app.synth();
