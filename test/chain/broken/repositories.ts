import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { goldenEndpoint, goldenObjects, goldenRoute } from '../../support/golden';
import { secondReader } from '../../support/second-reader';
import { apps, appsReference, type Broken, extended, patched, type Sound } from './broken';

/** Invalid URLs, with the message and fix of the finding. */
const urls: readonly [by: string, url: string, says: string, fix: string][] = [
  [
    'a URL of http',
    `http://localhost:7445${goldenRoute}/a`,
    '"http://localhost:7445" is not https',
    'write https://: Flux authenticates',
  ],
  [
    'a scheme in capitals',
    `HTTPS://localhost:7445${goldenRoute}/a`,
    'does not start with https://',
    'write https://HOST:PORT',
  ],
  [
    'a URL without a scheme',
    `localhost:7445${goldenRoute}/a`,
    'does not start with https://',
    'write https://HOST:PORT',
  ],
  [
    'credentials in the URL',
    `https://me:w0rd@localhost${goldenRoute}/a`,
    '"https://***@localhost" contains credentials',
    'remove them',
  ],
  [
    'credentials with a slash in the password',
    `https://me:80/w0rd@localhost${goldenRoute}/a`,
    '"https://***@localhost" contains credentials',
    'remove them',
  ],
  ['a query', `${goldenEndpoint}${goldenRoute}/a?b=c`, 'has a query or a fragment', 'write /a'],
  ['a fragment', `${goldenEndpoint}${goldenRoute}/a#b`, 'has a query or a fragment', 'write /a'],
  ['port 70000', `https://localhost:70000${goldenRoute}/a`, 'has no valid port', 'write a port from 1 to 65535'],
  ['an empty segment', `${goldenEndpoint}${goldenRoute}/a//b/`, 'has an empty, . or .. segment', 'the path without it'],
  ['an encoded slash', `${goldenEndpoint}${goldenRoute}/a%2fb`, 'contains an encoded slash', 'write it unencoded'],
  [
    'a path before the API',
    `${goldenEndpoint}/k8s${goldenRoute}/a`,
    "is not a path of the API server's proxy",
    'write /api/v1/',
  ],
  [
    'the path of the pod, not of its proxy',
    `${goldenEndpoint}/api/v1/namespaces/a/pods/b/a`,
    "is not a path of the API server's proxy",
    'write /api/v1/',
  ],
  [
    'a segment that is not in canonical form',
    `${goldenEndpoint}${goldenRoute.replace('-0/', '-0:/')}/a`,
    'is not in canonical form, the only one that the Role can allow',
    'write cozystack-assets-0',
  ],
  [
    "a pod's port by name",
    `${goldenEndpoint}${goldenRoute.replace('-0/', '-0:http/')}/a`,
    'the API server does not resolve for a pod',
    "write the port's number",
  ],
];

const brokenHosts = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'kubernetes.default.svc.example.org',
  'api.platform.svc',
  'api.platform.svc.cluster.local',
  'KUBERNETES.default.SVC',
].map((host) => ({
  rule: 'endpoint-host',
  by: `the host ${host} in a URL`,
  objects: withHost(host),
  at: ['HelmRepository cozy-system/cozystack-system', appsReference, 'HelmRepository cozy-public/cozystack-extra'],
  field: 'spec.url',
  says: `${host.toLowerCase()} is the name of a Service, which Flux cannot resolve before CoreDNS runs`,
  fix: 'use an address of the API server that works on the node itself',
}));

/** The golden bundle with another host in every URL. */
function withHost(host: string): KubeObject[] {
  return JSON.parse(JSON.stringify(goldenObjects()).replaceAll(goldenEndpoint, `https://${host}:443`));
}

const brokenUrls = urls.map(([by, url, says, fix]) => ({
  rule: 'url',
  by,
  ...patched(apps, JsonPatch.replace('/spec/url', url)),
  at: [appsReference],
  field: 'spec.url',
  says,
  fix,
}));

const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
const [one, other] = [pem('b25l'), pem('b3RoZXI=')];

/** The golden bundle, with CAs for the endpoint in the HelmRepositories `system` and `apps`. */
const withCas = (system: string, ofApps: string, url = goldenEndpoint): KubeObject[] =>
  goldenObjects().map((object) => {
    const { name = '' } = object.metadata;
    const ca = { 'cozystack-system': system, 'cozystack-apps': ofApps }[name];
    if (object.kind !== 'HelmRepository' || ca === undefined) return object;
    const annotations = { ...object.metadata.annotations, 'eggtooth.dev/certificate-authority': ca };
    const changed = { ...object, metadata: { ...object.metadata, annotations } };
    const spec = object.spec as { readonly url: string };
    return name === 'cozystack-apps'
      ? { ...changed, spec: { ...spec, url: spec.url.replace(goldenEndpoint, url) } }
      : changed;
  });

/** The golden bundle with URLs that end with slashes, one of them at the root of the server. */
function withSlashes(): KubeObject[] {
  const text = JSON.stringify(goldenObjects());
  return JSON.parse(
    text.replace('/repos/system"', '/"').replace('/repos/apps"', '/repos/apps/"').replace('/extra"', '/extra//"'),
  );
}

const brokenCas = (
  [
    ['two CAs for one endpoint', withCas(one, other)],
    ['a CA that has one certificate more', withCas(one, one + other)],
    ['a CA that has one certificate less', withCas(one + other, other)],
    [
      'two CAs for one endpoint in other letters',
      withCas(one, other, goldenEndpoint.toUpperCase().replace('HTTPS', 'https')),
    ],
  ] as const
).map(([by, objects]) => ({
  rule: 'ca-single',
  by,
  objects,
  at: [appsReference],
  field: "metadata.annotations['eggtooth.dev/certificate-authority']",
  says: `gives another CA for ${goldenEndpoint} than HelmRepository cozy-system/cozystack-system`,
  fix: 'give the same CA in every HelmRepository of this endpoint',
}));

/** Bundles with CAs that do not contradict each other. */
export const soundRepositories: readonly Sound[] = [
  { with: 'the same CA in every HelmRepository', objects: withCas(one, one) },
  { with: 'the same CA with other line ends', objects: withCas(one, one.replaceAll('\n', '\r\n')) },
  { with: 'the same certificates in another order', objects: withCas(one + other, other + one) },
  ...['kubernetes.example.org', 'api.svc.example.org', 'kubernetes-default.svc.example', 'svc', '10.96.0.1'].map(
    (host) => ({
      with: `the host ${host} in every URL`,
      objects: withHost(host),
    }),
  ),
  { with: 'slashes at the end of URLs', objects: withSlashes() },
  { with: 'two CAs for two endpoints', objects: withCas(one, other, 'https://10.0.0.9:6443') },
];

const durations: readonly [field: 'interval' | 'timeout', value: unknown][] = [
  ['interval', '5 minutes'],
  ['interval', '5'],
  ['interval', '1d'],
  ['interval', ''],
  ['interval', 300],
  ['interval', null],
  ['interval', ['5m']],
  ['timeout', '1h'],
];

const brokenDurations = durations.map(([field, value]) => ({
  rule: 'interval',
  by: `${field} ${JSON.stringify(value)}`,
  ...patched(apps, JsonPatch.add(`/spec/${field}`, value)),
  at: [appsReference],
  field: `spec.${field}`,
  says: `${JSON.stringify(value)} does not match ^([0-9]+`,
  fix: field === 'timeout' ? '1m30s (units: ms, s, m)' : 'write a duration such as 5m0s',
}));

const statedDurations: readonly [value: unknown, says: string, fix: string][] = [
  ['a week', '"a week" is no duration of a certificate', 'write numbers with units'],
  ['168h0m0', '"168h0m0" is no duration of a certificate', 'write numbers with units'],
  [604_800, '604800 is no duration of a certificate', 'write numbers with units'],
  ['-7d', '"-7d" is no duration of a certificate', 'write numbers with units'],
  ['9m', 'invalid duration of a certificate: 540 s', 'from 10 minutes'],
  ['730d', 'invalid duration of a certificate: 63072000 s', 'to 365 days'],
];
const DURATION = 'eggtooth.dev/certificate-duration';

const brokenStatedDurations = statedDurations.map(([value, says, fix]) => ({
  rule: 'certificate-duration',
  by: `the duration ${JSON.stringify(value)} of a certificate`,
  ...patched(apps, JsonPatch.add('/metadata/annotations', { [DURATION]: value })),
  at: [appsReference],
  field: `metadata.annotations['${DURATION}']`,
  says,
  fix,
}));

const elsewhere = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmRepository',
  metadata: { name: 'elsewhere', namespace: 'cozy-public' },
  spec: { url: 'oci://registry.example/charts', interval: 'often' },
};

const noSecret = {
  rule: 'cert-secret-ref',
  at: [appsReference],
  field: 'spec.certSecretRef.name',
  says: 'no Secret is named, so Flux has no certificate and the API server answers 403',
  fix: "name the Secret of the certificate; it is in the HelmRepository's namespace",
};

/** The golden bundle and a second one, in which some texts are replaced by those of the first. */
function besideSecond(...words: [string, string][]): KubeObject[] {
  const second = words.reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(secondReader()));
  return [...goldenObjects(), ...JSON.parse(second)];
}

/** Bundles with an invalid HelmRepository, or with several that contradict each other. */
export const brokenRepositories: readonly Broken[] = [
  ...brokenHosts,
  ...brokenUrls,
  {
    rule: 'url',
    by: 'a CA annotation that is not a certificate',
    ...patched(apps, JsonPatch.add('/metadata/annotations', { 'eggtooth.dev/certificate-authority': 'ca.crt' })),
    at: [appsReference],
    field: "metadata.annotations['eggtooth.dev/certificate-authority']",
    says: `expected CA certificates (PEM) for ${goldenEndpoint}, found no PEM block CERTIFICATE`,
    fix: 'pass the text of a CA file',
  },
  ...brokenCas,
  ...brokenDurations,
  ...brokenStatedDurations,
  {
    rule: 'certificate-duration',
    by: 'two durations for the certificate of one user',
    objects: goldenObjects()
      .filter(({ kind }) => kind === 'HelmRepository')
      .reduce<KubeObject[]>(
        (objects, repository, index) =>
          objects.map((object) =>
            object.metadata.name === repository.metadata.name && object.kind === repository.kind
              ? JsonPatch.apply(
                  object,
                  JsonPatch.add('/metadata/annotations', { [DURATION]: index === 0 ? '7d' : '30d' }),
                )
              : object,
          ),
        goldenObjects(),
      ),
    at: [appsReference, 'HelmRepository cozy-public/cozystack-extra'],
    field: `metadata.annotations['${DURATION}']`,
    says: 'the certificate of cozystack-assets-reader cannot be valid for both 30d and 7d',
    fix: 'write 7d in each of its HelmRepositories',
  },
  {
    rule: 'interval',
    severity: 'warning',
    by: 'the interval of a HelmRepository that does not read through the API server',
    ...extended(elsewhere),
    at: ['HelmRepository cozy-public/elsewhere'],
    field: 'spec.interval',
    says: '"often" does not match',
    fix: 'write a duration such as 5m0s',
  },
  { by: 'no certSecretRef', ...patched(apps, JsonPatch.remove('/spec/certSecretRef')), ...noSecret },
  { by: 'a certSecretRef without a name', ...patched(apps, JsonPatch.replace('/spec/certSecretRef', {})), ...noSecret },
  {
    by: 'a certSecretRef with an empty name',
    ...patched(apps, JsonPatch.replace('/spec/certSecretRef/name', '')),
    ...noSecret,
  },
  {
    rule: 'endpoint-identity',
    by: 'two users at one endpoint',
    objects: besideSecond(['https://10.0.0.1:6443', goldenEndpoint]),
    at: ['HelmRepository other/other-charts'],
    field: 'spec.url',
    says: `reads ${goldenEndpoint} as other-reader, while others read it as cozystack-assets-reader: source-controller reuses connections`,
    fix: 'read everything at this endpoint as one user',
  },
  {
    rule: 'secret-reader',
    by: 'one Secret for two users',
    objects: goldenObjects().concat(
      secondReader().map((object) =>
        object.kind === 'HelmRepository'
          ? JsonPatch.apply(
              object,
              JsonPatch.replace('/metadata/namespace', 'cozy-public'),
              JsonPatch.replace('/spec/certSecretRef/name', 'cozystack-assets-tls'),
            )
          : object,
      ),
    ),
    at: ['HelmRepository cozy-public/other-charts'],
    field: 'spec.certSecretRef.name',
    says: 'Secret cozy-public/cozystack-assets-tls would need the certificates of both cozystack-assets-reader and other-reader',
    fix: 'use a different Secret for each user',
  },
];
