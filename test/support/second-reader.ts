import { Testing } from 'cdk8s';
import { ApiServer } from '../../src/chain/api-server';
import { BootstrapBundle } from '../../src/constructs/bundle/bootstrap-bundle';
import type { KubeObject } from '../../src/kubernetes/kube-object';

/** A second sound chain, which shares no name with the golden one. */
export function secondReader(): KubeObject[] {
  const bundle = new BootstrapBundle(Testing.app(), 'other', {
    apiServer: ApiServer.fromUrl('https://10.0.0.1:6443'),
    namespace: 'other',
    assets: { name: 'other', image: 'registry.example/other:1', port: 9000 },
    repositories: [{ name: 'other-charts', path: '/charts' }],
  });
  return Testing.synth(bundle);
}
