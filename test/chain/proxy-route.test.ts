import { describe, expect, test } from 'vitest';
import { ProxyRoute, type ProxyScheme } from '../../src/chain/proxy-route';
import { errorOf } from '../support/errors';

const pod = { namespace: 'cozy-system', name: 'cozystack-assets-0' };
const service = { namespace: 'cozy-system', name: 'cozystack-assets' };

const spellings: { route: ProxyRoute; resource: string; segment: string }[] = [
  { route: ProxyRoute.pod(pod), resource: 'pods', segment: 'cozystack-assets-0' },
  { route: ProxyRoute.pod({ ...pod, port: 8123 }), resource: 'pods', segment: 'cozystack-assets-0:8123' },
  { route: ProxyRoute.pod({ ...pod, scheme: 'https' }), resource: 'pods', segment: 'https:cozystack-assets-0:' },
  {
    route: ProxyRoute.pod({ ...pod, port: 8123, scheme: 'http' }),
    resource: 'pods',
    segment: 'http:cozystack-assets-0:8123',
  },
  { route: ProxyRoute.pod({ ...pod, name: 'assets.v1-0' }), resource: 'pods', segment: 'assets.v1-0' },
  { route: ProxyRoute.service(service), resource: 'services', segment: 'cozystack-assets' },
  { route: ProxyRoute.service({ ...service, port: 'http' }), resource: 'services', segment: 'cozystack-assets:http' },
  { route: ProxyRoute.service({ ...service, port: 80 }), resource: 'services', segment: 'cozystack-assets:80' },
  {
    route: ProxyRoute.service({ ...service, scheme: 'https' }),
    resource: 'services',
    segment: 'https:cozystack-assets:',
  },
  {
    route: ProxyRoute.service({ ...service, port: 'web-1', scheme: 'https' }),
    resource: 'services',
    segment: 'https:cozystack-assets:web-1',
  },
];

describe.each(spellings)('the route to $resource $segment', ({ route, resource, segment }) => {
  const proxy = `/api/v1/namespaces/cozy-system/${resource}/${segment}/proxy`;

  test('is a path of the API server', () => {
    expect(route.toString()).toBe(proxy);
    expect(route.path('/repos/system')).toBe(`${proxy}/repos/system`);
    expect(route.path()).toBe(proxy);
  });

  test('is allowed by a rule that names exactly its segment, and only get', () => {
    expect(route.segment).toBe(segment);
    expect(route.policyRule).toEqual({
      apiGroups: [''],
      resources: [`${resource}/proxy`],
      resourceNames: [segment],
      verbs: ['get'],
    });
  });

  test.each(['', '/repos/system', '/~me/a%20b/@scope/v1.0,2'])('is parsed from its path, followed by %j', (path) => {
    expect(ProxyRoute.parse(route.path(path))).toEqual({ route, path });
  });
});

describe('ProxyRoute.parse rejects a segment', () => {
  const inPods = (segment: string) => ProxyRoute.parse(`/api/v1/namespaces/cozy-system/pods/${segment}/proxy`);
  const inServices = (segment: string) => ProxyRoute.parse(`/api/v1/namespaces/cozy-system/services/${segment}/proxy`);

  test.each([
    { why: 'with four parts', read: inPods, segment: 'http:a:80:b', says: /"http:a:80:b" has more than three parts/ },
    { why: 'with an unknown scheme', read: inPods, segment: 'ftp:a:80', says: /scheme "ftp" is unknown/ },
    { why: 'with an empty scheme', read: inPods, segment: ':a:80', says: /scheme "" is unknown/ },
    { why: 'with a scheme in capitals', read: inPods, segment: 'HTTPS:a:80', says: /scheme "HTTPS" is unknown/ },
    { why: 'with a name for a pod port', read: inPods, segment: 'a:http', says: /port "http" is a name/ },
    { why: 'with a scheme and no third part', read: inPods, segment: 'https:a', says: /port "a" is a name/ },
    { why: 'with an empty port', read: inPods, segment: 'a:', says: /"a:" is not in canonical form/ },
    { why: 'with an empty port of a Service', read: inServices, segment: 'a:', says: /"a:" is not in canonical form/ },
    {
      why: 'with a leading zero in the port',
      read: inPods,
      segment: 'a:08123',
      says: /"a:08123" is not in canonical form/,
    },
    { why: 'with port 0', read: inPods, segment: 'a:0', says: /port 0 is not a port number/ },
    { why: 'with port 70000', read: inPods, segment: 'a:70000', says: /port 70000 is not a port number/ },
    { why: 'with a negative port', read: inServices, segment: 'a:-1', says: /port "-1" is not a valid port name/ },
    {
      why: 'with a port name in capitals',
      read: inServices,
      segment: 'a:HTTP',
      says: /port "HTTP" is not a valid port name/,
    },
    { why: 'without a name', read: inPods, segment: ':80', says: /name "" is not a valid name of a pod or Service/ },
    { why: 'that is empty', read: inPods, segment: '', says: /name "" is not a valid name of a pod or Service/ },
    { why: 'with a name in capitals', read: inPods, segment: 'Assets-0', says: /name "Assets-0" is not a valid name/ },
    {
      why: 'with an encoded colon',
      read: inPods,
      segment: 'http%3Aa%3A80',
      says: /name "http%3Aa%3A80" is not a valid name/,
    },
    { why: 'with a wildcard', read: inPods, segment: '*', says: /name "\*" is not a valid name/ },
  ])('$why: $segment', ({ read, segment, says }) => {
    expect(errorOf('ERR_EGGTOOTH_ROUTE', () => read(segment)).problem).toMatch(says);
  });

  test('with its canonical form as the fix', () => {
    expect(errorOf('ERR_EGGTOOTH_ROUTE', () => inPods('a:08123')).fix).toBe('write a:8123');
    expect(errorOf('ERR_EGGTOOTH_ROUTE', () => inServices('a:')).fix).toBe('write a');
  });
});

describe('ProxyRoute.parse rejects a path', () => {
  test.each([
    '',
    '/',
    '/repos/system',
    '/api/v1/namespaces/cozy-system/pods/a',
    '/api/v1/namespaces/cozy-system/pods/a/proxyx',
    '/api/v1/namespaces/cozy-system/secrets/a/proxy',
    '/apis/v1/namespaces/cozy-system/pods/a/proxy',
    '/k8s/clusters/c-1/api/v1/namespaces/cozy-system/pods/a/proxy',
    'api/v1/namespaces/cozy-system/pods/a/proxy',
    '/api/v1/namespaces/cozy-system/pods/a/b/proxy',
    '/api/v1/namespaces/cozy-system/pods/a/proxy\n',
  ])('that is not one of the proxy: %j', (path) => {
    const error = errorOf('ERR_EGGTOOTH_ROUTE', () => ProxyRoute.parse(path));

    expect(error.problem).toBe(`${JSON.stringify(path)} is not a path of the API server's proxy`);
    expect(error.fix).toContain('/api/v1/namespaces/NAMESPACE/pods/[SCHEME:]NAME[:PORT]/proxy/PATH');
  });
});

describe('a route rejects a path on the backend, printed and parsed', () => {
  test.each([
    { path: '/repos//system', says: 'has an empty, . or .. segment', fix: 'write the path without it' },
    { path: '/repos/../system', says: 'has an empty, . or .. segment', fix: 'write the path without it' },
    { path: '/repos/..', says: 'has an empty, . or .. segment', fix: 'write the path without it' },
    { path: '/./repos', says: 'has an empty, . or .. segment', fix: 'write the path without it' },
    { path: '/repos%2Fsystem', says: 'contains an encoded slash or dot', fix: 'write it unencoded' },
    { path: '/repos%5csystem', says: 'contains an encoded slash or dot', fix: 'write it unencoded' },
    { path: '/repos/%2e%2E/system', says: 'contains an encoded slash or dot', fix: 'write it unencoded' },
    { path: '/my charts', says: 'must be percent-encoded', fix: 'write /my%20charts' },
    { path: '/caf\u00e9', says: 'must be percent-encoded', fix: 'write /caf%C3%A9' },
    { path: '/half\ud800', says: 'must be percent-encoded', fix: 'write /half' },
    { path: '/100%', says: 'must be percent-encoded', fix: 'write /100' },
    { path: '/a?b=c', says: 'has a query or a fragment', fix: 'write /a' },
    { path: '/a#b', says: 'has a query or a fragment', fix: 'write /a' },
    { path: '/a\\b', says: 'must be percent-encoded', fix: 'write /a%5Cb' },
  ])('$path: $says', ({ path, says, fix }) => {
    const route = ProxyRoute.pod(pod);
    for (const action of [() => route.path(path), () => ProxyRoute.parse(`${route}${path}`)]) {
      const error = errorOf('ERR_EGGTOOTH_ROUTE', action);
      expect(error.problem).toContain(
        `the route's path ${JSON.stringify(path)} ${says.startsWith('must') ? 'contains' : says}`,
      );
      expect(error.problem).toContain(says);
      expect(error.fix).toContain(fix);
    }
  });

  test.each([
    { path: '/repos/', read: '/repos', fix: 'write /repos' },
    { path: '/', read: '', fix: 'write an empty path' },
    { path: '/repos/system///', read: '/repos/system', fix: 'write /repos/system' },
  ])('with a slash at its end, which a URL may have: $path', ({ path, read, fix }) => {
    const route = ProxyRoute.pod(pod);

    const error = errorOf('ERR_EGGTOOTH_ROUTE', () => route.path(path));
    expect(error.problem).toBe(`the route's path ${JSON.stringify(path)} ends with a slash`);
    expect(error.fix).toBe(fix);
    expect(ProxyRoute.parse(`${route}${path}`).path).toBe(read);
  });

  test('that is not absolute', () => {
    const error = errorOf('ERR_EGGTOOTH_ROUTE', () => ProxyRoute.pod(pod).path('repos/system'));

    expect(error.problem).toBe(`the route's path "repos/system" is not absolute`);
    expect(error.fix).toBe('write /repos/system');
  });
});

describe('a route is rejected when it is created', () => {
  test.each([
    { part: 'namespace', props: { namespace: 'Cozy_System' } },
    { part: 'namespace', props: { namespace: '' } },
    { part: 'namespace', props: { namespace: 'a'.repeat(64) } },
    { part: 'name', props: { name: '' } },
    { part: 'name', props: { name: 'a/b' } },
    { part: 'name', props: { name: 'a:80' } },
    { part: 'name', props: { name: 'a..b' } },
    { part: 'name', props: { name: 'a'.repeat(254) } },
    { part: 'port', props: { port: 0 } },
    { part: 'port', props: { port: 70000 } },
    { part: 'port', props: { port: 80.5 } },
    { part: 'port', props: { port: Number.NaN } },
    { part: 'scheme', props: { scheme: 'ftp' as ProxyScheme } },
  ])('because of its $part: $props', ({ part, props }) => {
    for (const make of [ProxyRoute.pod, ProxyRoute.service]) {
      const error = errorOf('ERR_EGGTOOTH_ROUTE', () => make({ ...pod, ...props }));
      expect(error.problem).toMatch(new RegExp(`^the route's ${part} \\S+ is (not|unknown)`));
    }
  });

  test.each(['', '80', 'HTTP', 'a--b', '-a', 'a'.repeat(64)])('because of a Service port called %j', (port) => {
    const error = errorOf('ERR_EGGTOOTH_ROUTE', () => ProxyRoute.service({ ...service, port }));

    expect(error.problem).toContain(`${JSON.stringify(port)} is not a valid port name of a Service`);
  });
});
