import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { type Broken, deployment, env, extended, type Sound, withoutCni } from './broken';

/** A source of another server, called `any`. */
function source(url: string, spec: object = {}): KubeObject {
  const kind = url.startsWith('oci:') ? 'OCIRepository' : 'HelmRepository';
  const metadata = { name: 'any', namespace: 'cozy-system' };
  return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind, metadata, spec: { url, interval: '5m', ...spec } };
}

const flux = deployment('flux', {
  ...withoutCni,
  containers: [{ name: 'source-controller', image: 'registry.example/source-controller:v1', env }],
});
const digest = `sha256:${'0'.repeat(64)}`;
const referenceOf = ({ kind }: KubeObject) => [`${kind} cozy-system/any`];

/** Flux reads these with plain HTTP too, if TLS fails. */
const privateRegistries: readonly Broken[] = ['10.1.2.3:5000', '172.31.0.1', '192.168.0.1:443'].map((host) => {
  const object = source(`oci://${host}/app`);
  return {
    rule: 'source-insecure',
    by: `a registry at ${host}`,
    objects: [object],
    at: referenceOf(object),
    field: 'spec.url',
    says: 'since Flux uses http too at a private address, everyone on the way to the registry decides',
    fix: 'use the name of the host, with TLS',
  };
});

const services: readonly Broken[] = [
  'https://charts.tools.svc/charts',
  'https://charts.tools.svc.cluster.local./charts',
  'https://CHARTS.tools.svc',
  'oci://registry.tools.svc:5000/charts/app',
].map((url) => {
  const object = source(url);
  return {
    rule: 'source-host',
    by: `a source at ${url}`,
    objects: [flux, object],
    at: referenceOf(object),
    field: 'spec.url',
    says: 'is the name of a Service, which Flux cannot resolve before CoreDNS runs',
    fix: 'use a host that the resolver of the node knows',
  };
});

const insecure = source('oci://registry.example/app', { insecure: true });
const login = { secretRef: { name: 'login' } };

/** Bundles with a source of another server that does not work, or not safely. */
export const brokenUpstream: readonly Broken[] = [
  ...services,
  ...privateRegistries,
  {
    rule: 'source-host',
    by: 'the name of a Service beside a chain',
    ...extended(source('https://charts.tools.svc')),
    at: ['HelmRepository cozy-system/any'],
    field: 'spec.url',
    says: 'charts.tools.svc is the name of a Service',
    fix: 'through the API server',
  },
  {
    rule: 'interval',
    by: 'the timeout of an OCIRepository in hours',
    objects: [source('oci://registry.example/app', { timeout: '1h' })],
    at: ['OCIRepository cozy-system/any'],
    field: 'spec.timeout',
    says: '"1h" does not match',
    fix: 'units: ms, s, m)',
    severity: 'warning',
  },
  {
    rule: 'source-insecure',
    by: 'a HelmRepository with http',
    objects: [source('http://charts.example/charts')],
    at: ['HelmRepository cozy-system/any'],
    field: 'spec.url',
    says: 'with http, everyone on the way to the server decides what Flux installs',
    fix: 'use https',
  },
  {
    rule: 'source-insecure',
    by: 'an OCIRepository without TLS',
    objects: [insecure],
    at: referenceOf(insecure),
    field: 'spec.insecure',
    says: 'with insecure, everyone on the way to the registry decides what Flux installs',
    fix: 'or name a digest in spec.ref, or set spec.verify',
  },
  {
    rule: 'source-insecure',
    by: 'credentials for a registry without TLS',
    objects: [source('oci://registry.example/app', { insecure: true, ref: { digest }, ...login })],
    at: referenceOf(insecure),
    field: 'spec.insecure',
    says: 'everyone on the way to the registry may read the credentials of spec.secretRef',
    fix: 'remove it',
  },
];

/** Bundles with sources of other servers that work. */
export const soundUpstream: readonly Sound[] = [
  { with: 'a public repository', objects: [flux, source('https://helm.cilium.io')] },
  { with: 'the name of a Service where there is a CNI', objects: [source('https://charts.tools.svc')] },
  { with: 'a suspended source', objects: [flux, source('http://charts.tools.svc', { suspend: true })] },
  { with: 'a public host with svc in its name', objects: [flux, source('https://svc.example/charts')] },
  { with: 'a server on the node', objects: [source('http://localhost:8123/charts')] },
  { with: 'a registry on the node', objects: [source('oci://127.0.0.1:5000/app', { insecure: true })] },
  {
    with: 'a digest without TLS',
    objects: [source('oci://registry.example/app', { insecure: true, ref: { digest } })],
  },
  {
    with: 'a signature without TLS',
    objects: [source('oci://registry.example/app', { insecure: true, verify: { provider: 'cosign' } })],
  },
  { with: 'a public address', objects: [source('oci://172.32.0.1/app')] },
  {
    with: 'a private address and a digest',
    objects: [source('oci://10.1.2.3:5000/app', { ref: { digest } })],
  },
  { with: 'a registry with TLS and credentials', objects: [source('oci://registry.example/app', login)] },
];
