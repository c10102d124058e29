import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from 'eggtooth';

const app = new App();
new BootstrapBundle(app, 'bundle', {
  apiServer: ApiServer.fromUrl('https://example.org:6443'),
  namespace: 'platform',
  assets: { image: 'registry.example/assets:1', port: 8123 },
  repositories: [{ name: 'charts', path: '/charts' }],
});
app.synth();
