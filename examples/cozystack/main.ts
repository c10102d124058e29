import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from 'eggtooth';

const app = new App();

const bundle = new BootstrapBundle(app, 'cozystack', {
  // KubePrism: the address of the API server on every Talos node.
  apiServer: ApiServer.fromUrl(process.env.API_SERVER_URL ?? 'https://localhost:7445'),
  namespace: 'cozy-system',
  assets: {
    name: 'cozystack-assets',
    image: 'ghcr.io/cozystack/cozystack/cozystack-assets:v0.40.0',
    args: ['-dir=/cozystack/assets', '-address=:8123'],
    port: 8123,
  },
  route: (server) => server.podRoute({ explicitPort: false }),
  // The namespace and release of the Flux in Cozystack v0.40.
  flux: { namespace: 'cozy-fluxcd', version: '2.7.3' },
  repositories: [
    { name: 'cozystack-system', path: '/repos/system', labels: { 'cozystack.io/repository': 'system' } },
    {
      name: 'cozystack-apps',
      namespace: 'cozy-public',
      path: '/repos/apps',
      labels: { 'cozystack.io/repository': 'apps', 'cozystack.io/ui': 'true' },
    },
    {
      name: 'cozystack-extra',
      namespace: 'cozy-public',
      path: '/repos/extra',
      labels: { 'cozystack.io/repository': 'extra' },
    },
  ],
});
bundle.namespaces.get('cozy-system')?.metadata.addLabel('cozystack.io/system', 'true');

app.synth();
