import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { ensurePrograms } from '../../tools/control-plane';
import type { KeyPair } from '../../tools/control-plane/pki';
import { startProxy, startSocksProxy, type TestProxy } from '../cluster/support/server';
import { type Got, type PrintingServer, startPrintingServer } from './support/printing-server';
import { type Given, gotOf, run, Side } from './support/side-by-side';

/** An address of the sandbox that is not its loopback, so that HTTPS_PROXY counts for it. */
const HOST = '10.200.77.1';

let kubectl: string;
let server: PrintingServer;
let standard: PrintingServer;
let [proxy, secure, socks]: TestProxy[] = [];
let client: KeyPair;
beforeAll(async () => {
  ({ kubectl } = await ensurePrograms(['kubectl']));
  [server, standard] = await Promise.all([startPrintingServer(), startPrintingServer(443)]);
  client = await server.authority.signClient({ user: 'someone' });
  const { certificate: cert, key } = await server.authority.signServer('proxy', [], ['127.0.0.1']);
  [proxy, secure, socks] = await Promise.all([startProxy(), startProxy({ cert, key }), startSocksProxy()]);
});
afterAll(() => {
  for (const one of [server, standard, proxy, secure, socks]) one?.close();
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith('eggtooth-side-'))) {
    rmSync(join(tmpdir(), name), { recursive: true });
  }
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const url = (host = '127.0.0.1') => `https://${host}:${server.port}`;

/** Where the proxies connected to since the last time. */
const proxied = () => [proxy, secure, socks].flatMap((one) => one?.connects.splice(0) ?? []);

type Fields = Readonly<Record<string, unknown>>;

/** A kubeconfig with one context, with fields of its cluster and its user beside or in place of the usual. */
function config({ cluster = {}, user = { token: 'abc' }, context = {}, name = 'one', ...rest }: ConfigParts = {}) {
  return {
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name, ...context } }],
    clusters: [{ name, cluster: { server: url(), 'certificate-authority-data': ca(), ...cluster } }],
    users: [{ name, user }],
    ...rest,
  };
}

interface ConfigParts {
  readonly cluster?: Fields;
  readonly user?: Fields;
  readonly context?: Fields;
  readonly name?: string;
  readonly [field: string]: unknown;
}

const ca = () => base64(server.authority.certificate);
const identity = () => ({
  'client-certificate-data': base64(client.certificate),
  'client-key-data': base64(client.key),
});

/** A case with one kubeconfig. */
function one(parts: ConfigParts = {}, rest: Partial<Given> = {}): Given {
  const { files, ...others } = rest;
  return { files: { config: JSON.stringify(config(parts)), ...files }, kubeconfig: ['config'], ...others };
}

/** A case with a kubeconfig in YAML. */
function yaml(text: string | Buffer, rest: Partial<Given> = {}): Given {
  return { files: { config: text }, kubeconfig: ['config'], ...rest };
}

const text = (user: string, more = '') => `apiVersion: v1
kind: Config
current-context: one
contexts: [{name: one, context: {cluster: one, user: one}}]
clusters: [{name: one, cluster: {server: "${url()}", certificate-authority-data: ${ca()}}}]
users:
- name: one
  user: ${user}
${more}`;

/** A case with a user who impersonates, or is impersonated by flags. */
const as = (user: Fields, impersonate: NonNullable<Given['options']>['impersonate'] = {}) =>
  one({ user: { token: 'abc', ...user } }, { options: { impersonate } });

/** A case with a server behind proxies. */
const through = (host: string, env: Readonly<Record<string, string>>, cluster: Fields = {}) =>
  one({ cluster: { server: url(host), ...cluster } }, { env });

const API = 'client.authentication.k8s.io/v1';

/** A plugin that prints a token. */
const plugin = (token: string, version = 'v1') =>
  `#!/bin/sh\nprintf '{"apiVersion":"client.authentication.k8s.io/${version}","kind":"ExecCredential","status":{"token":"%s"}}' "${token}"\n`;
const HEX = '$(printf %s "$KUBERNETES_EXEC_INFO" | od -An -v -tx1 | tr -d \' \\n\')';

/** A case with an exec plugin. */
const exec = (
  fields: Fields,
  files: Readonly<Record<string, string>>,
  parts: ConfigParts = {},
  rest: Partial<Given> = {},
) =>
  one(
    { user: { exec: { apiVersion: API, interactiveMode: 'Never', command: './plugin', ...fields } }, ...parts },
    { files, ...rest },
  );

/** A token of OpenID Connect that expires after some seconds. */
const idToken = (seconds: number) =>
  ['{}', JSON.stringify({ exp: Math.floor(Date.now() / 1000) + seconds }), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const oidc = (token: string) => ({
  'auth-provider': {
    name: 'oidc',
    config: { 'idp-issuer-url': 'https://issuer.test', 'client-id': 'x', 'id-token': token },
  },
});

const authorized = (token: string): Partial<Got> => ({ authorization: `Bearer ${token}` });

/** What both send; and which proxy they use. */
type Same = readonly [
  name: string,
  given: () => Given,
  expected: () => Partial<Got>,
  connects?: () => readonly string[],
];

const MERGED: readonly Same[] = [
  [
    'the first user, cluster and context of equal names in several files',
    () => ({
      files: {
        a: JSON.stringify(config({ user: { token: 'first' }, context: { namespace: 'first' } })),
        b: JSON.stringify(config({ user: { token: 'second' }, cluster: { server: 'https://127.0.0.1:1' } })),
      },
      kubeconfig: ['a', 'b'],
    }),
    () => authorized('first'),
  ],
  [
    'a cluster, a user and a context of three files, and the first current-context that is set',
    () => ({
      files: {
        a: JSON.stringify({ 'current-context': '', clusters: config().clusters }),
        b: JSON.stringify({ 'current-context': 'one', users: [{ name: 'one', user: { token: 'b' } }] }),
        c: JSON.stringify({ ...config({ name: 'two' }), contexts: config().contexts, users: null }),
      },
      kubeconfig: ['a', 'b', 'c'],
    }),
    () => authorized('b'),
  ],
  [
    'what is left without missing and empty files, and without an empty path',
    () => ({
      files: { empty: '', comment: '# nothing\n', config: JSON.stringify(config()) },
      kubeconfig: ['missing', 'empty', '', 'comment', 'config', 'config'],
    }),
    () => authorized('abc'),
  ],
  [
    'paths relative to the file that has them',
    () => ({
      files: {
        'x/a': JSON.stringify({ ...config({ user: { tokenFile: 'token' } }), clusters: [] }),
        'x/token': 'from-x\n',
        'y/b': JSON.stringify({
          clusters: [{ name: 'one', cluster: { server: url(), 'certificate-authority': '../y/ca.crt' } }],
        }),
        'y/ca.crt': server.authority.certificate,
        token: 'wrong',
      },
      kubeconfig: ['x/a', 'y/b'],
    }),
    () => authorized('from-x'),
  ],
  [
    'the file of --kubeconfig alone',
    () =>
      one(
        {},
        { files: { other: JSON.stringify(config({ user: { token: 'other' } })) }, options: { kubeconfig: 'other' } },
      ),
    () => authorized('other'),
  ],
  ['a file with unknown fields', () => one({ preferences: { colors: true }, colour: 1 }), () => authorized('abc')],
  [
    'YAML with CRLF and a byte order mark',
    () => yaml(`\ufeff${text('{token: abc}').replaceAll('\n', '\r\n')}`),
    () => authorized('abc'),
  ],
  [
    'anchors, aliases and merge keys',
    () => yaml(`x: &x {token: merged}\n${text('{<<: *x}')}`),
    () => authorized('merged'),
  ],
  ['YAML that begins with ---', () => yaml(`# mine\n---\n${text('{token: abc}')}`), () => authorized('abc')],
  ['YAML in UTF-16', () => yaml(Buffer.from(`\ufeff${text('{token: abc}')}`, 'utf16le')), () => authorized('abc')],
  [
    'names in quotes that YAML would read as other values',
    () => yaml(text('{token: "0644"}')),
    () => authorized('0644'),
  ],
  ['the first of two documents', () => yaml(text('{token: abc}', '---\nkind: Secret\n')), () => authorized('abc')],
  [
    'fields that are null',
    () => yaml(text('{token: abc, as: null, as-groups: ~, exec: null}')),
    () => authorized('abc'),
  ],
];

const CHOSEN: readonly Same[] = [
  [
    '--context',
    () =>
      one(
        { contexts: [{ name: 'two', context: { cluster: 'one', user: 'one' } }], 'current-context': '' },
        { options: { context: 'two' } },
      ),
    () => authorized('abc'),
  ],
  [
    '--cluster and --user without any context',
    () => one({ contexts: [], 'current-context': '' }, { options: { cluster: 'one', user: 'one' } }),
    () => authorized('abc'),
  ],
  [
    '--user in place of an unknown user of the context',
    () => one({ context: { user: 'unknown' } }, { options: { user: 'one' } }),
    () => authorized('abc'),
  ],
  [
    '--cluster in place of that of the context',
    () => one({ context: { cluster: undefined } }, { options: { cluster: 'one' } }),
    () => authorized('abc'),
  ],
  [
    '--server in place of the server, and of its tls-server-name',
    () =>
      one(
        { cluster: { server: 'https://127.0.0.1:1', 'tls-server-name': 'elsewhere.test' } },
        { options: { server: url('localhost') } },
      ),
    () => ({ serverName: 'localhost' }),
  ],
  [
    '--server with a path',
    () => one({}, { options: { server: `${url()}/k8s/clusters/c-1` } }),
    () => ({ path: '/k8s/clusters/c-1/version' }),
  ],
];

const SERVERS: readonly Same[] = [
  ...(
    [
      ['a path', () => `${url()}/k8s/clusters/c-1`, '/k8s/clusters/c-1/version'],
      ['a path and a trailing slash', () => `${url()}/k8s/clusters/c-1/`, '/k8s/clusters/c-1/version'],
      ['two slashes in its path', () => `${url()}/k8s//clusters`, '/k8s/clusters/version'],
      ['a trailing slash', () => `${url()}/`, '/version'],
      ['a query', () => `${url()}/k8s?a=b#c`, '/k8s/version'],
      ['an upper-case scheme', () => url().replace('https', 'HTTPS'), '/version'],
      ['an IPv6 address', () => url('[::1]'), '/version'],
    ] as const
  ).map(
    ([name, to, path]): Same => [`a server with ${name}`, () => one({ cluster: { server: to() } }), () => ({ path })],
  ),
  [
    'a server without a port',
    () =>
      one({
        cluster: { server: `https://${HOST}`, 'certificate-authority-data': base64(standard.authority.certificate) },
      }),
    () => ({ path: '/version' }),
  ],
  [
    'an empty tls-server-name as none',
    () => one({ cluster: { server: url('localhost'), 'tls-server-name': '' } }),
    () => ({ serverName: 'localhost' }),
  ],
  ['a tls-server-name', () => one({ cluster: { 'tls-server-name': 'api.test' } }), () => ({ serverName: 'api.test' })],
  [
    'a tls-server-name that is an address',
    () => one({ cluster: { server: url('localhost'), 'tls-server-name': HOST } }),
    () => ({ serverName: null }),
  ],
  [
    "the server's own certificate as CA",
    () => one({ cluster: { 'certificate-authority-data': base64(server.certificate) } }),
    () => authorized('abc'),
  ],
  ['disable-compression', () => one({ cluster: { 'disable-compression': true } }), () => authorized('abc')],
];

const CREDENTIALS: readonly Same[] = [
  [
    'the token file before the token',
    () => one({ user: { token: 'old', tokenFile: 'token' } }, { files: { token: ' new\n' } }),
    () => authorized('new'),
  ],
  [
    'the token while the token file is missing',
    () => one({ user: { token: 'old', tokenFile: 'missing' } }),
    () => authorized('old'),
  ],
  [
    'the token while the token file is empty',
    () => one({ user: { token: 'old', tokenFile: 'token' } }, { files: { token: '\n' } }),
    () => authorized('old'),
  ],
  [
    'a name and a password',
    () => one({ user: { username: 'ü', password: 'a:b' } }),
    () => ({ authorization: `Basic ${base64('ü:a:b')}` }),
  ],
  [
    'a name without a password',
    () => one({ user: { username: 'a' } }),
    () => ({ authorization: `Basic ${base64('a:')}` }),
  ],
  ['a client certificate', () => one({ user: identity() }), () => ({ certificate: 'someone', authorization: null })],
  [
    'a client certificate of a file, with the key as data',
    () =>
      one(
        { user: { ...identity(), 'client-certificate-data': undefined, 'client-certificate': 'tls.crt' } },
        { files: { 'tls.crt': client.certificate } },
      ),
    () => ({ certificate: 'someone' }),
  ],
  [
    'a client certificate and a token',
    () => one({ user: { ...identity(), token: 'abc' } }),
    () => ({ certificate: 'someone', ...authorized('abc') }),
  ],
  [
    'no key without its certificate',
    () => one({ user: { ...identity(), 'client-certificate-data': undefined, token: 'abc' } }),
    () => ({ certificate: null }),
  ],
  [
    'an id-token that is valid',
    () => one({ user: oidc(`${idToken(3600)}`) }),
    () => ({ authorization: expect.stringMatching(/^Bearer e30\./) }),
  ],
  ['a token before an id-token', () => one({ user: { token: 'abc', ...oidc('x') } }), () => authorized('abc')],
];

const IMPERSONATED: readonly Same[] = [
  [
    'as, as-uid, as-groups and as-user-extra',
    () => as({ as: 'jane', 'as-uid': '7', 'as-groups': ['a', 'b'], 'as-user-extra': { 'Scopes/%é': ['x', 'y'] } }),
    () => ({
      ...authorized('abc'),
      impersonate: {
        'impersonate-user': ['jane'],
        'impersonate-uid': ['7'],
        'impersonate-group': ['a', 'b'],
        'impersonate-extra-scopes%2f%25%c3%a9': ['x', 'y'],
      },
    }),
  ],
  [
    'a user with letters beyond ASCII',
    () => as({ as: 'jané ☸' }),
    () => ({ impersonate: { 'impersonate-user': ['jané ☸'] } }),
  ],
  [
    '--as, with the groups of the kubeconfig',
    () => as({ as: 'jane', 'as-groups': ['a'] }, { user: 'system:serviceaccount:x:y' }),
    () => ({ impersonate: { 'impersonate-user': ['system:serviceaccount:x:y'], 'impersonate-group': ['a'] } }),
  ],
  [
    '--as-group in place of all groups of the kubeconfig',
    () => as({ as: 'jane', 'as-groups': ['a', 'b'] }, { groups: ['c,d'] }),
    () => ({ impersonate: { 'impersonate-user': ['jane'], 'impersonate-group': ['c,d'] } }),
  ],
  [
    '--as-uid and --as-user-extra, each key on its own',
    () =>
      as(
        { as: 'jane', 'as-uid': '1', 'as-user-extra': { a: ['1'], b: ['2'] } },
        { uid: '2', extra: { b: ['3=4', '5'] } },
      ),
    () => ({
      impersonate: {
        'impersonate-user': ['jane'],
        'impersonate-uid': ['2'],
        'impersonate-extra-a': ['1'],
        'impersonate-extra-b': ['3=4', '5'],
      },
    }),
  ],
  [
    '--as with a client certificate',
    () => one({ user: identity() }, { options: { impersonate: { user: 'jane' } } }),
    () => ({ certificate: 'someone', impersonate: { 'impersonate-user': ['jane'] } }),
  ],
];

const PLUGINS: readonly Same[] = [
  [
    'a plugin beside the kubeconfig',
    () => exec({ command: './plugin' }, { plugin: plugin('beside') }),
    () => authorized('beside'),
  ],
  [
    'a plugin below the folder of the kubeconfig',
    () => exec({ command: 'bin/plugin' }, { 'bin/plugin': plugin('below') }),
    () => authorized('below'),
  ],
  [
    'a plugin on the PATH, and not beside the kubeconfig',
    () =>
      exec(
        { command: 'a-plugin' },
        { 'a-plugin': plugin('beside'), 'bin/a-plugin': plugin('path') },
        {},
        { env: { PATH: `FOLDER/bin:${process.env.PATH}` } },
      ),
    () => authorized('path'),
  ],
  [
    "a plugin on kubectl's own PATH, with the PATH that its env sets",
    () =>
      exec(
        { command: 'a-plugin', env: [{ name: 'PATH', value: '/bin:/usr/bin:elsewhere' }] },
        { 'bin/a-plugin': plugin('$(echo $PATH | cut -d: -f3)') },
        {},
        { env: { PATH: `FOLDER/bin:${process.env.PATH}` } },
      ),
    () => authorized('elsewhere'),
  ],
  [
    'the arguments and variables of a plugin, the last of each name',
    () =>
      exec(
        {
          args: ['a b', '$HOME'],
          env: [
            { name: 'X', value: '1' },
            { name: 'X', value: '2' },
          ],
        },
        { plugin: plugin('$1-$2-$X') },
      ),
    () => authorized('a b-$HOME-2'),
  ],
  [
    'KUBERNETES_EXEC_INFO',
    () => exec({}, { plugin: plugin(HEX) }),
    () => ({
      authorization: JSON.stringify({ apiVersion: API, kind: 'ExecCredential', spec: { interactive: false } }),
    }),
  ],
  [
    'version v1beta1 without an interactiveMode',
    () => exec({ apiVersion: `${API}beta1`, interactiveMode: undefined }, { plugin: plugin(HEX, 'v1beta1') }),
    () => ({
      authorization: JSON.stringify({
        apiVersion: `${API}beta1`,
        kind: 'ExecCredential',
        spec: { interactive: false },
      }),
    }),
  ],
  [
    'the cluster, for a plugin with provideClusterInfo',
    () =>
      exec(
        { provideClusterInfo: true },
        { plugin: plugin(HEX) },
        {
          cluster: {
            server: `${url()}/`,
            'tls-server-name': 'api.test',
            'disable-compression': true,
            'proxy-url': socks?.url,
            extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'here', number: 1 } }],
          },
        },
      ),
    () => ({ authorization: expect.stringContaining('"audience":"here"') }),
    () => [`127.0.0.1:${server.port}`],
  ],
  [
    'the YAML that a plugin prints',
    () => exec({}, { plugin: `#!/bin/sh\necho 'apiVersion: ${API}\nkind: ExecCredential\nstatus:\n  token: yaml'\n` }),
    () => authorized('yaml'),
  ],
  [
    'the certificate and the token that a plugin prints',
    () =>
      exec(
        { command: 'cat', args: ['/dev/stdin'], interactiveMode: 'Never' },
        {},
        {
          user: {
            exec: {
              apiVersion: API,
              interactiveMode: 'Never',
              command: '/bin/echo',
              args: [
                JSON.stringify({
                  apiVersion: API,
                  kind: 'ExecCredential',
                  status: { token: 'both', clientCertificateData: client.certificate, clientKeyData: client.key },
                }),
              ],
            },
          },
        },
      ),
    () => ({ certificate: 'someone', ...authorized('both') }),
  ],
  [
    'a token before a plugin',
    () => one({ user: { token: 'abc', exec: { apiVersion: API, interactiveMode: 'Never', command: '/missing' } } }),
    () => authorized('abc'),
  ],
  [
    'a client certificate before a plugin',
    () => one({ user: { ...identity(), exec: { apiVersion: API, interactiveMode: 'Never', command: '/missing' } } }),
    () => ({ certificate: 'someone', authorization: null }),
  ],
];

/** The server by a name that only proxies know. */
const NAMED = () => `api.test:${server.port}`;
const DIRECT = () => [];

const PROXIES: readonly Same[] = [
  [
    'HTTPS_PROXY, which resolves the name',
    () => through('api.test', { HTTPS_PROXY: proxy?.url ?? '' }),
    () => ({ serverName: 'api.test' }),
    () => [NAMED()],
  ],
  [
    'https_proxy',
    () => through(HOST, { https_proxy: proxy?.url ?? '' }),
    () => authorized('abc'),
    () => [`${HOST}:${server.port}`],
  ],
  [
    'HTTPS_PROXY before https_proxy',
    () => through('api.test', { HTTPS_PROXY: proxy?.url ?? '', https_proxy: 'http://127.0.0.1:1' }),
    () => ({}),
    () => [NAMED()],
  ],
  [
    'HTTPS_PROXY without a scheme',
    () => through('api.test', { HTTPS_PROXY: proxy?.url.slice(7) ?? '' }),
    () => ({}),
    () => [NAMED()],
  ],
  [
    'the credentials of HTTPS_PROXY',
    () => through('api.test', { HTTPS_PROXY: proxy?.url.replace('//', '//me:a%20b@') ?? '' }),
    () => ({}),
    () => [`${NAMED()} Basic ${base64('me:a b')}`],
  ],
  [
    'a SOCKS proxy of HTTPS_PROXY, which resolves the name',
    () => through('api.test', { HTTPS_PROXY: socks?.url ?? '' }),
    () => ({}),
    () => [NAMED()],
  ],
  [
    'a proxy-url with the scheme socks5, which resolves the name',
    () => through('api.test', {}, { 'proxy-url': socks?.url }),
    () => ({}),
    () => [NAMED()],
  ],
  [
    'a proxy-url with the scheme https',
    () => through('api.test', {}, { 'proxy-url': secure?.url }),
    () => ({}),
    () => [NAMED()],
  ],
  [
    'proxy-url before HTTPS_PROXY and NO_PROXY',
    () => through(HOST, { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '*' }, { 'proxy-url': proxy?.url }),
    () => ({}),
    () => [`${HOST}:${server.port}`],
  ],
  [
    'proxy-url for this machine',
    () => through('localhost', {}, { 'proxy-url': proxy?.url }),
    () => ({}),
    () => [`localhost:${server.port}`],
  ],
  [
    'HTTPS_PROXY with an empty proxy-url',
    () => through('api.test', { HTTPS_PROXY: proxy?.url ?? '' }, { 'proxy-url': '' }),
    () => ({}),
    () => [NAMED()],
  ],
  [
    'no proxy for HTTP_PROXY and ALL_PROXY',
    () => through(HOST, { HTTP_PROXY: proxy?.url ?? '', ALL_PROXY: proxy?.url ?? '' }),
    () => ({}),
    DIRECT,
  ],
  ...['localhost', '127.0.0.1', '[::1]'].map(
    (host): Same => [
      `no proxy for ${host}`,
      () => through(host, { HTTPS_PROXY: proxy?.url ?? '' }),
      () => authorized('abc'),
      DIRECT,
    ],
  ),
  ...['*', HOST, '10.200.0.0/16', ` x.test , ${HOST} `, 'PORT', 'no_proxy'].map(
    (entry): Same => [
      `no proxy for ${HOST} with NO_PROXY=${entry}`,
      () =>
        through(HOST, {
          HTTPS_PROXY: proxy?.url ?? '',
          [entry === 'no_proxy' ? 'no_proxy' : 'NO_PROXY']:
            entry === 'PORT' ? `${HOST}:${server.port}` : entry.replace('no_proxy', HOST),
        }),
      () => ({}),
      DIRECT,
    ],
  ),
  ...[`${HOST}:1`, '10.201.0.0/16', '10.200.', '.200.77.1', '10.200.0.0/33', `${HOST}x`, ':443', ''].map(
    (entry): Same => [
      `a proxy for ${HOST} with NO_PROXY=${entry}`,
      () => through(HOST, { HTTPS_PROXY: proxy?.url ?? '', NO_PROXY: entry }),
      () => ({}),
      () => [`${HOST}:${server.port}`],
    ],
  ),
  ...['api.test', '.sub.api.test', 'ub.api.test', 'sub.api.test:1', '*']
    .slice(1, 4)
    .map(
      (entry): Same => [
        `a proxy for sub.api.test with NO_PROXY=${entry}`,
        () => through('sub.api.test', { HTTPS_PROXY: proxy?.url ?? '', NO_PROXY: entry }),
        () => ({}),
        () => [`sub.api.test:${server.port}`],
      ],
    ),
];

const SAME: Readonly<Record<string, readonly Same[]>> = {
  'several files and formats': MERGED,
  flags: CHOSEN,
  'the cluster': SERVERS,
  'the user': CREDENTIALS,
  impersonation: IMPERSONATED,
  'exec plugins': PLUGINS,
  proxies: PROXIES,
};

describe.each(Object.keys(SAME))('kubectl and eggtooth use the same of %s:', (topic) => {
  const cases = (SAME[topic] ?? []).map(([name, given, expected, connects = DIRECT]) => ({
    name,
    given,
    expected,
    connects,
  }));

  test.each(cases)('$name', async ({ given, expected, connects }) => {
    const side = new Side(kubectl, given());
    proxied();
    const theirs = await side.runKubectl();
    const theirConnects = proxied();
    const ours = await side.callEggtooth();

    expect(readable(ours.got), ours.failure).toEqual(readable(theirs.got));
    expect(readable(ours.got)).toMatchObject(expected());
    expect([theirConnects, proxied()]).toEqual([connects(), connects()]);
  });
});

/** With what a plugin printed as hexadecimal digits. */
function readable(got: Got | undefined): Got | undefined {
  const [, hex] = /^Bearer ((?:[0-9a-f]{2}){20,})$/.exec(got?.authorization ?? '') ?? [];
  if (got === undefined || hex === undefined) return got;
  const info = JSON.parse(Buffer.from(hex, 'hex').toString());
  return { ...got, authorization: JSON.stringify(info, Object.keys(flat(info)).sort()) };
}

/** All keys of an object and of the objects in it. */
function flat(value: object): Readonly<Record<string, unknown>> {
  return Object.assign(
    { ...value },
    ...Object.values(value)
      .filter((one) => typeof one === 'object')
      .map(flat),
  );
}

/** What kubectl refuses. */
const REFUSED: readonly (readonly [name: string, given: () => Given, says: string])[] = [
  ['a missing file of --kubeconfig', () => one({}, { options: { kubeconfig: 'missing' } }), 'cannot be read (ENOENT)'],
  [
    'two users of one name',
    () => one({ users: ['a', 'b'].map((token) => ({ name: 'one', user: { token } })) }),
    'two users with the name "one"',
  ],
  ['another kind', () => one({ kind: 'Secret' }), 'it is not a kubeconfig'],
  ['another version', () => one({ apiVersion: 'v2' }), 'it is not a kubeconfig'],
  ['a token that is a number', () => one({ user: { token: 123 } }), 'the field token of the kubeconfig is no string'],
  [
    'a token that YAML reads as true',
    () => yaml(text('{token: yes}')),
    'the field token of the kubeconfig is no string',
  ],
  [
    'a password that YAML reads as an octal number',
    () => yaml(text('{username: a, password: 0644}')),
    'the field password',
  ],
  [
    'groups that are no list',
    () => as({ as: 'a', 'as-groups': 'b' }),
    'the field as-groups of the kubeconfig is no list',
  ],
  ['a current-context that does not exist', () => one({ 'current-context': 'two' }), 'no usable context "two"'],
  ['an unknown --context', () => one({}, { options: { context: 'two' } }), 'no usable context "two"'],
  ['an unknown --cluster', () => one({}, { options: { cluster: 'two' } }), 'no cluster "two"'],
  ['an unknown --user', () => one({}, { options: { user: 'two' } }), 'no user "two"'],
  ['a context without a cluster', () => one({ context: { cluster: undefined } }), 'no usable context "one"'],
  ['a user without credentials', () => one({ user: {} }), 'has no credentials'],
  ['a user who only impersonates', () => one({ user: { as: 'jane' } }), 'has no credentials'],
  [
    'a context with an unknown user',
    () => one({ context: { user: 'two' } }),
    'it has the user "two", which does not exist',
  ],
  ['a token and a password', () => one({ user: { token: 'a', password: 'b' } }), 'has both a token and a password'],
  [
    'a token file and a password',
    () => one({ user: { tokenFile: 'a', username: 'b' } }, { files: { a: 'a' } }),
    'has both a token and a password',
  ],
  ['a missing token file', () => one({ user: { tokenFile: 'missing' } }), 'cannot be read (ENOENT)'],
  ['an empty token file', () => one({ user: { tokenFile: 'empty' } }, { files: { empty: '' } }), 'is empty'],
  [
    'a client certificate without key',
    () => one({ user: { ...identity(), 'client-key-data': undefined } }),
    'without key',
  ],
  [
    'a client certificate twice',
    () => one({ user: { ...identity(), 'client-certificate': 'a' } }, { files: { a: client.certificate } }),
    'has both client-certificate-data and client-certificate',
  ],
  [
    'a key twice',
    () => one({ user: { ...identity(), 'client-key': 'a' } }, { files: { a: client.key } }),
    'has both client-key-data and client-key',
  ],
  [
    'a CA twice',
    () => one({ cluster: { 'certificate-authority': 'a' } }, { files: { a: server.authority.certificate } }),
    'has both certificate-authority-data and certificate-authority',
  ],
  [
    'a CA that is not base64',
    () => one({ cluster: { 'certificate-authority-data': server.authority.certificate } }),
    'is not base64',
  ],
  [
    'a CA file that is missing',
    () => one({ cluster: { 'certificate-authority-data': undefined, 'certificate-authority': 'a' } }),
    'cannot be read (ENOENT)',
  ],
  [
    'a key of another certificate',
    () => one({ user: { ...identity(), 'client-key-data': base64(server.authority.key) } }),
    'a certificate or key is invalid',
  ],
  [
    'a proxy-url with another scheme',
    () => one({ cluster: { 'proxy-url': 'socks4://127.0.0.1:1' } }),
    'has a proxy that cannot be used',
  ],
  ['groups without a user', () => as({ 'as-groups': ['a'] }), 'but no user'],
  ['--as-uid without a user', () => as({}, { uid: '1' }), 'but no user'],
  [
    'a plugin and an auth-provider',
    () =>
      exec(
        {},
        { plugin: plugin('a') },
        { user: { exec: { apiVersion: API, interactiveMode: 'Never', command: './plugin' }, ...oidc('a') } },
      ),
    'has both exec and an auth-provider',
  ],
  [
    'a plugin without an interactiveMode',
    () => exec({ interactiveMode: undefined }, { plugin: plugin('a') }),
    'interactiveMode',
  ],
  [
    'a plugin with another interactiveMode',
    () => exec({ interactiveMode: 'Sometimes' }, { plugin: plugin('a') }),
    'interactiveMode "Sometimes"',
  ],
  [
    'a plugin of version v1alpha1',
    () => exec({ apiVersion: `${API}alpha1` }, { plugin: plugin('a', 'v1alpha1') }),
    'apiVersion',
  ],
  [
    'a plugin that prints another version',
    () => exec({}, { plugin: plugin('a', 'v1beta1') }),
    'printed no ExecCredential',
  ],
  ['a plugin that prints an empty token', () => exec({}, { plugin: plugin('') }), 'printed no ExecCredential'],
  [
    'a plugin that needs a terminal, without one',
    () => exec({ interactiveMode: 'Always' }, { plugin: plugin('a') }),
    'needs a terminal',
  ],
  ['a plugin that fails', () => exec({}, { plugin: '#!/bin/sh\nexit 3\n' }), 'failed (exit code 3)'],
  [
    'the auth-provider gcp',
    () => one({ user: { 'auth-provider': { name: 'gcp', config: {} } } }),
    'auth-provider "gcp"',
  ],
  [
    'an id-token that has expired, without a refresh-token',
    () => one({ user: oidc(idToken(-1)) }),
    'id-token that has expired',
  ],
];

describe('kubectl and eggtooth both refuse', () => {
  test.each(REFUSED)('%s', async (_, given, says) => {
    const side = new Side(kubectl, given());

    expect((await side.runKubectl()).got).toBeUndefined();
    expect(await side.callEggtooth()).toMatchObject({
      code: 'ERR_EGGTOOTH_KUBECONFIG',
      failure: expect.stringContaining(says),
    });
  });
});

describe('kubectl and eggtooth both dial the server directly, which fails,', () => {
  test.each(['api.test', '.test', '*.test', 'TEST', `api.test:PORT`, 'a,b ,api.test'])(
    'for NO_PROXY=%s',
    async (entry) => {
      const noProxy = entry.replace('PORT', `${server.port}`);
      const side = new Side(kubectl, through('api.test', { HTTPS_PROXY: proxy?.url ?? '', NO_PROXY: noProxy }));
      proxied();

      expect((await side.runKubectl()).failure).toContain('api.test');
      expect(await side.callEggtooth()).toMatchObject({ code: 'ERR_EGGTOOTH_UNREACHABLE' });
      expect(proxied()).toEqual([]);
    },
  );
});

describe('eggtooth refuses, with the reason, what kubectl takes:', () => {
  const cluster = { 'insecure-skip-tls-verify': true, 'certificate-authority-data': undefined };

  test.each<readonly [string, () => Given, string]>([
    ['a server that nobody verifies', () => one({ cluster }), 'insecure-skip-tls-verify'],
    ['a key that is given twice', () => yaml(text('{token: old, token: abc}')), 'such as a key twice, line 8'],
  ])('%s', async (_, given, says) => {
    const side = new Side(kubectl, given());

    expect((await side.runKubectl()).got).toMatchObject(authorized('abc'));
    expect(await side.callEggtooth()).toMatchObject({
      code: 'ERR_EGGTOOTH_KUBECONFIG',
      failure: expect.stringContaining(says),
    });
  });
});

test('the command line has the flags of kubectl, by the same names', async () => {
  const other = { name: 'other', cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': ca() } };
  const users = [{ name: 'another', user: { token: 'another', as: 'nobody' } }];
  const side = new Side(kubectl, one({ clusters: [other], users }));
  const flags = ['--context=one', '--cluster=other', '--user', 'another', '-s', url('localhost'), '--as', 'jane'];
  const repeated = [
    '--as-group=a,b',
    '--as-group',
    'c',
    '--as-uid=7',
    '--as-user-extra=x=1=2',
    '--as-user-extra',
    'x=3',
  ];
  const theirs = await run(kubectl, ['get', '--raw', '/version', ...flags, ...repeated], side);
  const ours = await run(process.execPath, ['lib/eggtooth.js', 'version', '-o', 'json', ...flags, ...repeated], side);

  const expected = { 'impersonate-group': ['a,b', 'c'], 'impersonate-extra-x': ['1=2', '3'], 'impersonate-uid': ['7'] };
  expect(gotOf(theirs.stdout)).toMatchObject({
    serverName: 'localhost',
    ...authorized('another'),
    impersonate: expected,
  });
  expect(JSON.parse(JSON.parse(ours.stdout).server)).toEqual(gotOf(theirs.stdout));
});

test('a missing plugin is reported with its installHint, by both', async () => {
  const side = new Side(
    kubectl,
    exec({ command: 'no-such-plugin', installHint: 'Install it\nfrom https://here.test' }, {}),
  );

  expect((await side.runKubectl()).failure).toContain('from https://here.test');
  expect((await side.callEggtooth()).failure).toContain('Install it from https://here.test');
});

describe('on a terminal, kubectl and eggtooth', () => {
  const asking = `#!/bin/sh\necho 'Password?' >&2\nif read -r word; then true; else word=nothing; fi\n${plugin('$word').slice(10)}`;
  const eggtooth = `${process.execPath} ${resolve('lib/eggtooth.js')} version -o json`;

  test.each([
    ['let a plugin ask: IfAvailable', 'IfAvailable', 'Bearer secret'],
    ['let a plugin ask: Always', 'Always', 'Bearer secret'],
    ['give no input to a plugin that never asks', 'Never', 'Bearer nothing'],
  ])('%s', async (_, interactiveMode, authorization) => {
    const side = new Side(kubectl, exec({ interactiveMode }, { plugin: asking }));
    for (const command of [`${kubectl} get --raw /version`, eggtooth]) {
      const { stdout } = await run('script', ['-qec', command, '/dev/null'], { env: side.env, input: 'secret\n' });

      expect(stdout).toContain('Password?');
      expect(JSON.parse(/"\{.*?[^\\]"/.exec(stdout)?.[0] ?? '""') || stdout).toContain(`"${authorization}"`);
    }
  });
});

describe('in a pod, kubectl and eggtooth use', () => {
  /** Runs a command with the files of a service account, in a mount namespace of its own. */
  function inPod(side: Side, command: string, env: Readonly<Record<string, string>> = {}) {
    const folder = '/run/secrets/kubernetes.io/serviceaccount';
    const script = `mount -t tmpfs none /run && mkdir -p ${folder} && cp ${side.folder}/pod/* ${folder} && exec ${command}`;
    const variables = { KUBERNETES_SERVICE_HOST: HOST, KUBERNETES_SERVICE_PORT: `${server.port}`, ...env };
    return run('unshare', ['--mount', 'sh', '-c', script], { env: { ...side.env, ...variables } });
  }
  const pod = () => ({
    'pod/token': 'of-the-pod\n',
    'pod/ca.crt': server.authority.certificate,
    'pod/namespace': 'pod-ns',
  });
  const eggtooth = `${process.execPath} ${resolve('lib/eggtooth.js')} version -o json`;
  const namespace = `${process.execPath} --import tsx ${resolve('test/e2e/support/print-namespace.ts')}`;

  test('the service account, if there is no kubeconfig', async () => {
    const side = new Side(kubectl, { files: pod(), kubeconfig: ['missing'] });
    const theirs = await inPod(side, `${kubectl} get --raw /version`);
    const ours = await inPod(side, eggtooth);

    expect(gotOf(theirs.stdout)).toMatchObject(authorized('of-the-pod'));
    expect(JSON.parse(JSON.parse(ours.stdout).server)).toEqual(gotOf(theirs.stdout));
  });

  test.each<readonly [string, () => Given, Readonly<Record<string, string>>, string]>([
    ['the namespace of the pod, if there is no kubeconfig', () => ({ files: pod(), kubeconfig: [] }), {}, 'pod-ns'],
    ['POD_NAMESPACE before it', () => ({ files: pod(), kubeconfig: [] }), { POD_NAMESPACE: 'variable' }, 'variable'],
    ['the namespace of the pod, for a context without one', () => one({}, { files: pod() }), {}, 'pod-ns'],
    ['the namespace of the context', () => one({ context: { namespace: 'chosen' } }, { files: pod() }), {}, 'chosen'],
    [
      'the namespace default of the context',
      () => one({ context: { namespace: 'default' } }, { files: pod() }),
      {},
      'default',
    ],
  ])('%s', async (_, given, env, expected) => {
    const side = new Side(kubectl, given());
    await inPod(side, `${kubectl} get pods`, env);
    const ours = await inPod(side, namespace, env);

    expect(server.paths.at(-1)).toBe(`/api/v1/namespaces/${expected}/pods`);
    expect(ours.stdout.trim()).toBe(expected);
  });
});

describe('--request-timeout', () => {
  test.each([
    ['1', 'too late'],
    ['900ms', 'too late'],
    ['0', 'in time'],
    ['1m0.5s', 'in time'],
  ])('%s means the same to kubectl and eggtooth', async (limit, expected) => {
    const side = new Side(kubectl, one());
    server.delay = 2500;
    try {
      const flag = `--request-timeout=${limit}`;
      const [theirs, ours] = await Promise.all([
        run(kubectl, ['get', '--raw', '/version', flag], side),
        run(process.execPath, ['lib/eggtooth.js', 'version', flag], side),
      ]);

      expect([theirs.code, ours.code]).toEqual(expected === 'in time' ? [0, 0] : [1, 1]);
      if (expected !== 'in time') expect(ours.stderr).toContain('did not answer in time');
    } finally {
      server.delay = 0;
    }
  });
});

test('a connection with another certificate impersonates nobody', async () => {
  const given = one({ user: { token: 'abc', as: 'jane' } });
  const own = await clusterFromKubeconfig({ kubeconfig: join(new Side(kubectl, given).folder, 'config') });
  const other = own.connectAs?.({ cert: client.certificate, key: client.key }, 30_000);
  const answer = await other?.call({ purpose: 'look', method: 'GET', path: '/version' });
  for (const cluster of [own, other]) cluster?.close();

  expect(gotOf(JSON.stringify(answer))).toMatchObject({ certificate: 'someone', impersonate: {} });
  expect(gotOf(JSON.stringify(answer)).authorization).toBeNull();
});
