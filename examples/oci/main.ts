import { App } from 'cdk8s';
import { ApiServer, OciBundle } from 'eggtooth';

const app = new App();
new OciBundle(app, 'bundle', {
  apiServer: ApiServer.fromUrl(process.env.API_SERVER_URL ?? 'https://example.org:6443'),
  namespace: 'platform',
  assets: { name: 'platform', url: 'oci://registry.example/platform/charts', version: { semver: '1.x' } },
  charts: [{ name: 'network', path: 'charts/network' }],
  flux: {},
  releases: [{ name: 'network', namespace: 'kube-system' }],
});
app.synth();
