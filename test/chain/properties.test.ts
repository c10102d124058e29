import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../src/chain/api-server';
import { parseUser, printUser } from '../../src/chain/generation';
import { backendPath, ProxyRoute } from '../../src/chain/proxy-route';
import { meansProxy, parseProxyUrl, printProxyUrl } from '../../src/chain/proxy-url';
import { userProblem } from '../../src/chain/user';
import { EggtoothError } from '../../src/errors';
import { identityOf } from '../../src/kubernetes/identity';
import { ruleAllows, rulesOf } from '../../src/rights/role-rule';

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const subdomain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
const port = fc.integer({ min: 1, max: 65535 });
const portName = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const scheme = fc.constantFrom('http' as const, 'https' as const);
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const route = fc.oneof(
  fc
    .record({ namespace: label, name: subdomain, port: optional(port), scheme: optional(scheme) })
    .map((props) => ProxyRoute.pod(props)),
  fc
    .record({ namespace: label, name: subdomain, port: optional(fc.oneof(port, portName)), scheme: optional(scheme) })
    .map((props) => ProxyRoute.service(props)),
);
const path = fc
  .array(fc.stringMatching(/^[a-z0-9_~][a-z0-9._~-]{0,8}$/), { maxLength: 4 })
  .map((segments) => segments.map((segment) => `/${segment}`).join(''));
const host = fc.oneof(
  subdomain.filter(isHost),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
);
const endpoint = fc.record({ host, port }).filter(({ host: name }) => URL.canParse(`https://${name}`));

/** A last label of digits makes a URL parser read an IPv4 address. */
function isHost(name: string): boolean {
  return URL.canParse(`https://${name}`) && new URL(`https://${name}`).hostname === name;
}

describe('every route', () => {
  test('is read back from its path', () => {
    fc.assert(
      fc.property(route, path, (one, rest) => {
        expect(ProxyRoute.parse(one.path(rest))).toEqual({ route: one, path: rest });
      }),
    );
  });

  test('is allowed by its own rule, and no other segment is', () => {
    fc.assert(
      fc.property(route, route, (one, other) => {
        const [rule] = rulesOf({ apiVersion: 'v1', kind: 'Role', metadata: {}, rules: [one.policyRule] });
        if (rule === undefined) throw new Error('no rule');
        const right = { verb: 'get', group: '', resource: `${other.resource}/proxy`, name: other.segment };
        const isSame = one.resource === other.resource && one.segment === other.segment;
        expect(ruleAllows(rule, right)).toBe(isSame);
        expect(ruleAllows(rule, { ...right, verb: 'create' })).toBe(false);
      }),
    );
  });
});

describe('every proxy URL', () => {
  test('is read back from its text, and recognized as one', () => {
    fc.assert(
      fc.property(endpoint, route, path, ({ host: name, port: number }, one, rest) => {
        const server = ApiServer.fromUrl(`https://${name}:${number}`);
        const url = printProxyUrl({ endpoint: server, route: one, path: rest });

        expect(meansProxy(url)).toBe(true);
        const parsed = parseProxyUrl(url);
        expect(parsed.endpoint.url).toBe(server.url);
        expect(parsed.route).toEqual(one);
        expect(parsed.path).toBe(rest);
        expect(printProxyUrl(parsed)).toBe(url);
      }),
    );
  });

  test('is refused with an error of its own, whatever the text is', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.string().map((text) => `https://h/api/v1/namespaces/n/pods/${text}/proxy`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(printProxyUrl(parseProxyUrl(text))).toContain('/proxy');
        } catch (error) {
          expect(error).toBeInstanceOf(EggtoothError);
        }
      }),
    );
  });

  test('has a path on the backend that no server can read as another one', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('/', '.', '%', '2', 'e', 'f', 'F', 'a', '\\', '?', '#') }),
        (text) => {
          let accepted: string;
          try {
            accepted = backendPath(text);
          } catch (error) {
            expect(error).toBeInstanceOf(EggtoothError);
            return;
          }
          expect(new URL(`https://host${accepted}`).pathname).toBe(accepted === '' ? '/' : accepted);
          const decoded = accepted.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
          expect(decoded).not.toMatch(/\\|\/\/|\/\.\.?(\/|$)/);
        },
      ),
    );
  });
});

describe('every identity', () => {
  const rbac = 'rbac.authorization.k8s.io';
  const kinds = [
    { apiVersion: 'v1', kind: 'Secret' },
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { apiVersion: `${rbac}/v1`, kind: 'Role' },
    { apiVersion: `${rbac}/v1beta1`, kind: 'Role' },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole' },
  ];
  const object = fc
    .record({
      type: fc.constantFrom(...kinds),
      metadata: fc.record({ name: fc.constantFrom('a', 'b'), namespace: optional(fc.constantFrom('a', 'default')) }),
    })
    .map(({ type, metadata }) => ({ ...type, metadata }));

  test('is the same for the same group, kind, namespace and name alone', () => {
    fc.assert(
      fc.property(object, object, (one, other) => {
        const parts = ({ apiVersion, kind, metadata: { namespace = 'default', name } }: typeof one) => {
          const group = apiVersion.split('/').slice(0, -1);
          return JSON.stringify([group, kind, kind === 'ClusterRole' ? '' : namespace, name]);
        };
        expect(identityOf(one) === identityOf(other)).toBe(parts(one) === parts(other));
      }),
      { numRuns: 2000 },
    );
  });

  test('is the same in every version of the API', () => {
    fc.assert(
      fc.property(object, fc.constantFrom('v1', 'v1beta1', 'v2'), (one, version) => {
        const group = one.apiVersion.split('/').slice(0, -1);
        expect(identityOf({ ...one, apiVersion: [...group, version].join('/') })).toBe(identityOf(one));
      }),
    );
  });
});

describe('every generation', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'B', '0', '2', ':', 'g', '.', '-', '/', '@'), minLength: 1 });

  test('is read back from its user', () => {
    fc.assert(
      fc.property(name, fc.integer({ min: 2, max: 1_000_000 }), (one, generation) => {
        expect(parseUser(printUser({ name: one, generation }))).toEqual({ name: one, generation });
      }),
    );
  });

  test('is printed as the user that it was read from, for every text', () => {
    fc.assert(
      fc.property(fc.oneof(name, fc.string({ unit: 'binary' })), (user) => {
        expect(printUser(parseUser(user))).toBe(user);
      }),
    );
  });

  test('of a valid user has a valid user, if it is not too long', () => {
    fc.assert(
      fc.property(name, fc.integer({ min: 2, max: 99 }), (one, generation) => {
        fc.pre(userProblem(one) === undefined && one.length <= 60);
        expect(userProblem(printUser({ name: one, generation }))).toBeUndefined();
      }),
    );
  });
});
