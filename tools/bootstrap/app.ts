// The cdk8s app of the demo: a bundle whose only chart is the CNI that the node waits for. It runs source-controller
// alone,
// the one controller of Flux that is built here.
import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from '../../src';
import { names } from './names';

const app = new App();
new BootstrapBundle(app, 'bootstrap', {
  apiServer: ApiServer.fromUrl(process.env.API_SERVER_URL ?? ''),
  namespace: names.namespace,
  assets: { name: names.assets, image: names.assetsImage, port: names.assetsPort },
  repositories: [{ name: names.repository, path: '/repos/system' }],
  flux: {
    namespace: names.fluxNamespace,
    controllers: ['source-controller'],
    options: { 'source-controller': { image: names.sourceControllerImage } },
  },
  releases: [
    {
      name: names.cni,
      namespace: 'kube-system',
      repository: `${names.namespace}/${names.repository}`,
      values: { subnet: names.podSubnet },
    },
  ],
});
app.synth();
