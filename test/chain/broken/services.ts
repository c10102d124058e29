import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { goldenThroughService } from '../../support/golden';
import { type Broken, extended, type Sound } from './broken';

function serviceWith(spec: object): readonly KubeObject[] {
  return goldenThroughService().map((object) =>
    object.kind === 'Service' ? JsonPatch.apply(object, JsonPatch.replace('/spec', spec)) : object,
  );
}

/** The bundle that reads through a Service, with another segment in its route. */
function throughSegment(segment: string, ports: object[]): readonly KubeObject[] {
  const text = JSON.stringify(serviceWith({ selector: { app: 'cozystack-assets' }, ports }));
  return JSON.parse(text.replaceAll('cozystack-assets:http', segment));
}

const badService = { rule: 'service-selector', at: ['Service cozy-system/cozystack-assets'] };
const ports = [{ name: 'http', port: 80 }];
const route = '/api/v1/namespaces/cozy-system/services/cozystack-assets';
const wrongPort = {
  ...badService,
  field: 'spec.ports',
  fix: 'use the name or number of a port of the Service in the URL',
};

/** Bundles in which a route leads to an unsuitable Service. */
export const brokenServices: readonly Broken[] = [
  ...[undefined, null, {}].map((selector) => ({
    by: `a Service with the selector ${JSON.stringify(selector)}`,
    objects: serviceWith({ selector, ports }),
    ...badService,
    field: 'spec.selector',
    says: `${route}:http/proxy leads to it, and without a selector it has no pods`,
    fix: "select the labels of the server's pods",
  })),
  {
    by: 'a Service of type ExternalName',
    objects: serviceWith({ type: 'ExternalName', externalName: 'charts.example.org', ports }),
    ...badService,
    field: 'spec.type',
    says: `${route}:http/proxy leads to it, and the API server proxies to pods only`,
    fix: 'make it a ClusterIP with a selector',
  },
  {
    by: 'the name of a port that the Service does not have',
    objects: throughSegment('cozystack-assets:web', ports),
    ...wrongPort,
    says: `declares [http: 80], and ${route}:web/proxy needs port web, so the API server answers 503`,
  },
  {
    by: 'the number of a port that the Service does not have',
    objects: throughSegment('cozystack-assets:8123', ports),
    ...wrongPort,
    says: `declares [http: 80], and ${route}:8123/proxy needs port number 8123`,
  },
  {
    by: 'a URL without a port, and a Service with named ports only',
    objects: throughSegment('cozystack-assets', ports),
    ...wrongPort,
    says: `declares [http: 80], and ${route}/proxy needs a port without a name`,
  },
];

/** Bundles with suitable Services. */
export const soundServices: readonly Sound[] = [
  { with: "the number of a Service's port", objects: throughSegment('cozystack-assets:80', ports) },
  {
    with: 'a URL without a port, and a Service with an unnamed port',
    objects: throughSegment('cozystack-assets', [{ port: 80 }]),
  },
  {
    with: 'a Service that is not in the bundle',
    objects: goldenThroughService().filter(({ kind }) => kind !== 'Service'),
  },
  {
    with: 'a Service without a selector that Flux does not read',
    ...extended({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'any', namespace: 'cozy-system' }, spec: {} }),
  },
];
