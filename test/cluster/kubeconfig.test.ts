import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { clusterFromKubeconfig, type KubeconfigOptions } from '../../src/cluster/kubeconfig';
import { EggtoothError } from '../../src/errors';
import type { KeyPair } from '../../tools/control-plane/pki';
import { type Seen, startProxy, startServer, startSocksProxy, type TestServer } from './support/server';

const SECRET = 'hunter2-the-secret';
const base64 = (text: string) => Buffer.from(text).toString('base64');

let folder: string;
let server: TestServer;
let stranger: TestServer;
let client: KeyPair;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eggtooth-kubeconfig-'));
  [server, stranger] = await Promise.all([startServer(), startServer()]);
  client = await server.authority.signClient({ user: 'someone' });
});
afterAll(() => {
  server?.close();
  stranger?.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

type Fields = Readonly<Record<string, unknown>>;

/** A kubeconfig for the server, with fields of its cluster and of its user in place of the usual. */
function kubeconfig({
  cluster = {},
  user = { token: SECRET },
  ...rest
}: Record<string, Fields | unknown> = {}): string {
  const authority = { 'certificate-authority-data': base64(server.authority.certificate) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    contexts: [
      { name: 'one', context: { cluster: 'here', user: 'me' } },
      { name: 'two', context: { cluster: 'here', user: 'me' } },
      { name: 'broken', context: { cluster: 'nowhere', user: 'me' } },
      { name: 'nobody', context: { cluster: 'here', user: 'nobody' } },
    ],
    clusters: [{ name: 'here', cluster: { server: server.url, ...authority, ...(cluster as Fields) } }],
    users: [{ name: 'me', user }],
    ...rest,
  };
  return write(`config-${Math.random().toString(36).slice(2)}`, JSON.stringify(config));
}

/** One call with the kubeconfig, and what the server saw of it. */
async function call(options: KubeconfigOptions): Promise<Seen> {
  const cluster = await clusterFromKubeconfig(options);
  try {
    const answer = await cluster.call({ purpose: 'look', method: 'GET', path: '/version' });
    return answer as Seen;
  } finally {
    cluster.close();
  }
}

/** The error of an attempt; it says nothing of the kubeconfig's secrets. */
async function errorOf(options: KubeconfigOptions): Promise<EggtoothError> {
  const error: unknown = await call(options).then(
    () => 'there was no error',
    (reason: unknown) => reason,
  );
  if (!(error instanceof EggtoothError)) throw new Error(`not one of ours: ${error}`);
  for (const secret of [SECRET, base64(SECRET), client.key.split('\n')[1] ?? '?']) {
    expect(error.message).not.toContain(secret);
  }
  expect(error.message).not.toContain('undefined');
  expect(error.cure).toMatch(/\w/);
  return error;
}

describe('a kubeconfig that cannot be used ends with ERR_EGGTOOTH_KUBECONFIG and a cure', () => {
  const cases: readonly (readonly [string, () => KubeconfigOptions, string])[] = [
    ['missing', () => ({ kubeconfig: join(folder, 'missing') }), 'missing cannot be read (ENOENT)'],
    ['a folder', () => ({ kubeconfig: folder }), 'cannot be read (EISDIR)'],
    ['empty', () => ({ kubeconfig: write('empty', '') }), 'cannot be read (it is no kubeconfig)'],
    ['not YAML', () => ({ kubeconfig: write('bad', `a: [${SECRET}`) }), 'cannot be read (it is no kubeconfig)'],
    ['a text', () => ({ kubeconfig: write('text', SECRET) }), 'kubeconfig'],
    ['a list', () => ({ kubeconfig: write('list', `- ${SECRET}`) }), 'kubeconfig'],
    ['another object', () => ({ kubeconfig: write('other', `kind: Secret\ndata: {a: ${SECRET}}`) }), 'kubeconfig'],
    ['no current-context', () => ({ kubeconfig: kubeconfig({ 'current-context': '' }) }), 'no usable context ""'],
    ['an unknown current-context', () => ({ kubeconfig: kubeconfig({ 'current-context': 'x' }) }), 'context "x"'],
    ['an unknown --context', () => ({ kubeconfig: kubeconfig(), context: 'three' }), 'no usable context "three"'],
    ['a context without a cluster', () => ({ kubeconfig: kubeconfig(), context: 'broken' }), 'context "broken"'],
    ['a context without a user', () => ({ kubeconfig: kubeconfig(), context: 'nobody' }), 'context "nobody"'],
    [
      'verification switched off',
      () => ({ kubeconfig: kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } }) }),
      'the cluster here of the kubeconfig has insecure-skip-tls-verify',
    ],
    [
      'a server without TLS',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: 'http://127.0.0.1:8001' } }) }),
      'has the server http://127.0.0.1:8001, which is not https',
    ],
    [
      'a server without TLS, with a password',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: `http://a:${SECRET}@127.0.0.1:8001` } }) }),
      'which is not https',
    ],
    [
      'a server with a password',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: server.url.replace('//', `//a:${SECRET}@`) } }) }),
      'credentials',
    ],
    ['no server', () => ({ kubeconfig: kubeconfig({ cluster: { server: '' } }) }), 'it is no kubeconfig'],
    [
      'a server that is no URL',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: 'https://ex ample:1:2' } }) }),
      'has the server https://ex ample:1:2, which is no URL',
    ],
    [
      'a CA file that is missing',
      () => ({
        kubeconfig: kubeconfig({
          cluster: { 'certificate-authority-data': undefined, 'certificate-authority': '/missing/ca.crt' },
        }),
      }),
      'credentials that cannot be used',
    ],
    [
      'a client certificate that is missing',
      () => ({ kubeconfig: kubeconfig({ user: { 'client-certificate': '/missing/a', 'client-key': '/missing/b' } }) }),
      'credentials that cannot be used',
    ],
    [
      'a token file that is missing',
      () => ({ kubeconfig: kubeconfig({ user: { tokenFile: '/missing/token' } }) }),
      'credentials that cannot be used',
    ],
    [
      'an exec plugin that is missing',
      () => ({ kubeconfig: kubeconfig({ user: { exec: exec({ command: '/missing/plugin' }) } }) }),
      'credentials that cannot be used',
    ],
    [
      'an exec plugin that fails',
      () => ({ kubeconfig: kubeconfig({ user: { exec: exec(plugin(`process.exit(3)`)) } }) }),
      'credentials that cannot be used',
    ],
    [
      'a proxy of an unknown kind',
      () => ({ kubeconfig: kubeconfig({ cluster: { 'proxy-url': `ftp://a:${SECRET}@127.0.0.1` } }) }),
      'cannot be used',
    ],
  ];

  it.each(cases)('%s', async (_, options, says) => {
    const error = await errorOf(options());

    expect(error.code).toBe('ERR_EGGTOOTH_KUBECONFIG');
    expect(error.message).toContain(says);
  });

  it('names the contexts that there are', async () => {
    const error = await errorOf({ kubeconfig: kubeconfig(), context: 'three' });

    expect(error.cure).toBe('choose one of: one, two, broken, nobody');
  });

  it('names the file of the variable KUBECONFIG', async () => {
    vi.stubEnv('KUBECONFIG', join(folder, 'missing'));

    expect((await errorOf({})).message).toContain(`the kubeconfig ${join(folder, 'missing')} cannot be read`);
  });

  it('says that there is none', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    for (const name of ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST']) vi.stubEnv(name, undefined);
    for (const name of ['HOME', 'USERPROFILE']) vi.stubEnv(name, home);

    const error = await errorOf({});

    expect(error.message).toContain('there is no kubeconfig');
    expect(error.cure).toContain('--kubeconfig');
  });
});

describe('a kubeconfig is honoured:', () => {
  it('its current-context', async () => {
    expect(await call({ kubeconfig: kubeconfig() })).toEqual({ path: '/version', authorization: `Bearer ${SECRET}` });
  });

  it('the context that is chosen', async () => {
    expect((await call({ kubeconfig: kubeconfig(), context: 'two' })).path).toBe('/version');
  });

  it('the file of the variable KUBECONFIG', async () => {
    vi.stubEnv('KUBECONFIG', kubeconfig());

    expect((await call({})).authorization).toBe(`Bearer ${SECRET}`);
  });

  it('several files of the variable KUBECONFIG', async () => {
    const user = { tokenFile: write('merged', 'merged') };
    const files = [kubeconfig({ contexts: [], clusters: [], user }), kubeconfig({ users: [] })];
    vi.stubEnv('KUBECONFIG', files.join(delimiter));

    expect((await call({})).authorization).toBe('Bearer merged');
  });

  it.each<readonly [string, () => Fields, Partial<Seen>]>([
    ['a token', () => ({ token: 'abc' }), { authorization: 'Bearer abc' }],
    ['a token file', () => ({ tokenFile: write('token', 'from-file\n') }), { authorization: 'Bearer from-file' }],
    [
      'a token file beside the kubeconfig, before a token',
      () => ({ token: 'old', tokenFile: basename(write('new', 'new')) }),
      { authorization: 'Bearer new' },
    ],
    [
      'user and password',
      () => ({ username: 'a', password: 'b:c' }),
      { authorization: `Basic ${Buffer.from('a:b:c').toString('base64')}` },
    ],
    [
      'an exec plugin that gives a token',
      () => ({ exec: exec(plugin(printCredential("{ token: 'made-' + process.env.WORD }"))) }),
      { authorization: 'Bearer made-here' },
    ],
    [
      'an exec plugin that gives a certificate',
      () => ({
        exec: exec(
          plugin(
            printCredential(JSON.stringify({ clientCertificateData: client.certificate, clientKeyData: client.key })),
          ),
        ),
      }),
      { certificate: 'someone' },
    ],
    [
      'a client certificate',
      () => ({
        'client-certificate-data': base64(client.certificate),
        'client-key-data': base64(client.key),
      }),
      { certificate: 'someone' },
    ],
    [
      'the files of a client certificate',
      () => ({
        'client-certificate': write('client.crt', client.certificate),
        'client-key': write('client.key', client.key),
      }),
      { certificate: 'someone' },
    ],
    ['nobody', () => ({}), {}],
  ])('%s', async (_, user, seen) => {
    expect(await call({ kubeconfig: kubeconfig({ user: user() }) })).toEqual({ path: '/version', ...seen });
  });

  it('the path in the server’s URL', async () => {
    const config = kubeconfig({ cluster: { server: `${server.url}/k8s/clusters/c-1/` } });

    expect((await call({ kubeconfig: config })).path).toBe('/k8s/clusters/c-1/version');
  });

  it('tls-server-name', async () => {
    const config = kubeconfig({ cluster: { 'tls-server-name': 'kubernetes.test' } });

    expect((await call({ kubeconfig: config })).path).toBe('/version');
  });

  it('proxy-url, with its credentials', async () => {
    const proxy = await startProxy();
    try {
      const url = proxy.url.replace('//', '//me:word@');
      const seen = await call({ kubeconfig: kubeconfig({ cluster: { 'proxy-url': url } }) });

      expect(seen.authorization).toBe(`Bearer ${SECRET}`);
      expect(proxy.connects).toEqual([`${new URL(server.url).host} Basic ${base64('me:word')}`]);
    } finally {
      proxy.close();
    }
  });

  it('proxy-url of kind socks5, with a client certificate', async () => {
    const proxy = await startSocksProxy();
    try {
      const [certificate, key] = [base64(client.certificate), base64(client.key)];
      const user = { 'client-certificate-data': certificate, 'client-key-data': key };
      const seen = await call({ kubeconfig: kubeconfig({ cluster: { 'proxy-url': proxy.url }, user }) });

      expect(seen.certificate).toBe('someone');
      expect(proxy.connects).toEqual([new URL(server.url).host]);
    } finally {
      proxy.close();
    }
  });

  it('its CA, which the cluster then tells', async () => {
    const { certificate } = server.authority;
    const file = { 'certificate-authority-data': undefined, 'certificate-authority': write('ca.crt', certificate) };

    for (const cluster of [{}, file]) {
      const found = await clusterFromKubeconfig({ kubeconfig: kubeconfig({ cluster }) });
      expect(found.certificateAuthority).toBe(certificate);
      found.close();
    }
  });
});

describe('the certificate of the API server is verified', () => {
  const untrusted: readonly (readonly [string, () => Fields])[] = [
    ['signed by another CA', () => ({ server: stranger.url })],
    ['no CA given', () => ({ 'certificate-authority-data': undefined })],
    ['another name in it', () => ({ server: server.url.replace('127.0.0.1', 'localhost') })],
    ['another tls-server-name', () => ({ 'tls-server-name': 'elsewhere.test' })],
  ];

  it.each(untrusted)('%s: ERR_EGGTOOTH_CA', async (_, cluster) => {
    expect(await errorOf({ kubeconfig: kubeconfig({ cluster: cluster() }) })).toMatchObject({
      code: 'ERR_EGGTOOTH_CA',
    });
  });

  it.each(untrusted)('%s: NODE_TLS_REJECT_UNAUTHORIZED=0 does not change that', async (_, cluster) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');

    expect(await errorOf({ kubeconfig: kubeconfig({ cluster: cluster() }) })).toMatchObject({
      code: 'ERR_EGGTOOTH_CA',
    });
  });

  it('through a proxy too', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const proxy = await startProxy();
    try {
      const cluster = { server: stranger.url, 'proxy-url': proxy.url };
      expect(await errorOf({ kubeconfig: kubeconfig({ cluster }) })).toMatchObject({ code: 'ERR_EGGTOOTH_CA' });
    } finally {
      proxy.close();
    }
  });
});

describe('an API server that is not there', () => {
  it.each<readonly [string, () => Fields, string]>([
    ['nothing listens', () => ({ server: 'https://127.0.0.1:1' }), 'ECONNREFUSED'],
    ['the name is unknown', () => ({ server: 'https://nowhere.invalid:6443' }), 'was not reached'],
    ['the proxy is not there', () => ({ 'proxy-url': 'http://127.0.0.1:1' }), 'ECONNREFUSED'],
  ])('%s: ERR_EGGTOOTH_UNREACHABLE', async (_, cluster, says) => {
    const error = await errorOf({ kubeconfig: kubeconfig({ cluster: cluster() }) });

    expect(error.code).toBe('ERR_EGGTOOTH_UNREACHABLE');
    expect(error.message).toContain(says);
  });
});

/** The exec section of a user. */
function exec(command: { command: string; args?: readonly string[] }): Fields {
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    env: [{ name: 'WORD', value: 'here' }],
    ...command,
  };
}

/** A plugin that is a program of Node. */
function plugin(program: string): { command: string; args: readonly string[] } {
  return { command: process.execPath, args: ['-e', program] };
}

function printCredential(status: string): string {
  const head = "apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential'";
  return `console.log(JSON.stringify({ ${head}, status: ${status} }))`;
}
