// The cdk8s app of the demo: a bundle whose only chart is the CNI that the node waits for. It runs the two controllers of
// Flux that install a release from a HelmRepository.
import { App } from 'cdk8s';
import { ApiServer, BootstrapBundle } from '../../src';
import { fluxControllers, fluxImage, names } from './names';

const app = new App();
new BootstrapBundle(app, 'bootstrap', {
  apiServer: ApiServer.fromUrl(process.env.API_SERVER_URL ?? ''),
  namespace: names.namespace,
  assets: { name: names.assets, image: names.assetsImage, port: names.assetsPort },
  repositories: [{ name: names.repository, path: '/repos/system' }],
  flux: {
    namespace: names.fluxNamespace,
    controllers: fluxControllers,
    options: Object.fromEntries(fluxControllers.map((controller) => [controller, { image: fluxImage(controller) }])),
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
