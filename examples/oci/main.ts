import { ApiObject, App, Chart } from 'cdk8s';
import { ApiServer, BootstrapBundle, ChartArtifacts, OciAssets } from 'eggtooth';

const app = new App();
const namespace = 'platform';

/** A HelmRelease of Cilium, wherever its chart comes from. */
function cilium(scope: Chart, chart: object): void {
  new ApiObject(scope, 'cilium', {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'cilium', namespace },
    spec: { interval: '5m', ...chart },
  });
}

// Before: charts out of a pod, through the API server, with a certificate.
const chain = new BootstrapBundle(app, 'chain', {
  apiServer: ApiServer.fromUrl('https://example.org:6443'),
  namespace,
  assets: { image: 'registry.example/assets:1', port: 8123 },
  repositories: [{ name: 'system', path: '/system' }],
});
cilium(chain, { chart: { spec: { chart: 'cilium', sourceRef: { kind: 'HelmRepository', name: 'system' } } } });

// After: charts out of a registry, without a certificate. The namespace keeps its label until the old server is gone:
//   eggtooth migrate dist/chain.k8s.yaml dist/oci.k8s.yaml
//   eggtooth migrate dist/chain.k8s.yaml dist/oci.k8s.yaml --clean-up
const oci = new Chart(app, 'oci');
new ApiObject(oci, 'namespace', {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
});
const assets = new OciAssets(oci, 'assets', {
  name: 'charts',
  namespace,
  url: 'oci://registry.example/platform/charts',
  version: { semver: '~1.2.0' },
});
const charts = new ChartArtifacts(oci, 'charts', {
  name: 'charts',
  namespace,
  sources: [assets.source],
  charts: [
    {
      name: 'cilium',
      path: 'system/cilium',
      libraries: ['library/common'],
      valuesFiles: ['values.yaml', 'talos.yaml'],
    },
  ],
});
cilium(oci, { chartRef: charts.chartRef('cilium') });

app.synth();
