import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from 'eggtooth';

const app = new App();
new BootstrapBundle(app, 'bundle', {
  apiServer: ApiServer.fromUrl(process.env.API_SERVER_URL ?? 'https://example.org:6443'),
  namespace: 'platform',
  assets: { image: 'registry.example/assets:1', port: 8123 },
  repositories: [{ name: 'charts', path: '/charts' }],
  releases: [{ name: 'network', namespace: 'kube-system', repository: 'charts' }],
  flux: {},
  sync: {
    name: 'platform',
    git: { url: 'https://git.example/platform/cluster', ref: { branch: 'main' } },
    path: './cluster',
  },
});
app.synth();
