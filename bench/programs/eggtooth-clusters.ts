import { join } from 'node:path';
import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle, FluxCrds } from 'eggtooth';

const { CDK8S_OUTDIR = 'dist', CLUSTERS } = process.env;

const shared = new App({ outdir: join(CDK8S_OUTDIR, 'crds') });
new FluxCrds(shared, 'flux-crds');
shared.synth();

for (let index = 0; index < Number(CLUSTERS); index += 1) {
  const app = new App({ outdir: join(CDK8S_OUTDIR, `cluster-${index}`) });
  new BootstrapBundle(app, 'bundle', {
    apiServer: ApiServer.fromUrl(`https://cluster-${index}.example.org:6443`),
    namespace: 'platform',
    assets: { image: 'registry.example/assets:1', port: 8123 },
    repositories: [
      { name: 'system', path: '/repos/system' },
      { name: 'apps', namespace: 'shop', path: '/repos/apps' },
    ],
    flux: { crds: false },
    releases: [{ name: 'cni', repository: 'system' }],
  });
  app.synth();
}
