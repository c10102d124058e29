import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from 'eggtooth';

const app = new App();
new BootstrapBundle(app, 'repositories', {
  apiServer: ApiServer.fromUrl('https://localhost:7445'),
  namespace: 'platform',
  assets: { image: 'registry.example/assets:1', port: 8123 },
  repositories: Array.from({ length: Number(process.env.REPOSITORIES) }, (_, index) => ({
    name: `repository-${index}`,
    path: `/repos/${index}`,
  })),
});
app.synth();
