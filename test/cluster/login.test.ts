import { chmodSync, readFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ApiCall, Cluster } from '../../src/cluster/cluster';
import { ClusterObjects } from '../../src/cluster/cluster-objects';
import { clusterAs } from '../../src/cluster/https-cluster';
import { clusterFromKubeconfig } from '../../src/cluster/kubeconfig';
import { retrying } from '../../src/cluster/retrying-cluster';
import { EggtoothError, isError } from '../../src/errors';
import { type Authority, createAuthority, type KeyPair } from '../../tools/control-plane/pki';
import {
  base64,
  client,
  errorOf,
  exec,
  folder,
  kubeconfig,
  plugin,
  printCredential,
  SECRET,
  server,
  startApiServers,
  write,
} from './support/kubeconfig';

startApiServers();

/** A server that accepts only some credentials, and remembers those that it saw. */
let api: https.Server;
let authority: Authority;
let url: string;
let accepted: (authorization: string) => boolean;
let seen: string[];
beforeAll(async () => {
  authority = await createAuthority('login-ca');
  const { certificate: cert, key } = await authority.signServer('server', [], ['127.0.0.1']);
  api = https.createServer({ cert, key }, ({ headers: { authorization = '' } }, response) => {
    seen.push(authorization.replace('Bearer ', ''));
    response.statusCode = accepted(authorization) ? 200 : 401;
    response.end('{}');
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(api.address() as AddressInfo).port}`;
});
afterAll(() => {
  api.closeAllConnections();
  api.close();
});
beforeEach(() => {
  seen = [];
  accepted = () => true;
});

const login = (user: object) =>
  kubeconfig({ cluster: { server: url, 'certificate-authority-data': base64(authority.certificate) }, user });
const version: ApiCall = { purpose: 'look', method: 'GET', path: '/version' };

/** Runs something with the cluster of a kubeconfig. */
async function withCluster(user: object, run: (cluster: Cluster) => Promise<unknown>, timeout?: number): Promise<void> {
  const cluster = await clusterFromKubeconfig({ kubeconfig: login(user), timeout });
  try {
    await run(cluster);
  } finally {
    cluster.close();
  }
}

/** A plugin whose tokens are numbered, and expire after some milliseconds. */
function counting(lifetime: number) {
  const file = write(`runs-${Math.random().toString(36).slice(2)}`, '');
  const program = `const fs = require('fs'); fs.appendFileSync(${JSON.stringify(file)}, '+');
    const token = 'token-' + fs.readFileSync(${JSON.stringify(file)}, 'utf8').length;
    const expirationTimestamp = new Date(Date.now() + ${lifetime}).toISOString();
    ${printCredential('{ token, expirationTimestamp }')}`;
  return { user: { exec: exec(plugin(program)) }, runs: () => readFileSync(file, 'utf8').length };
}

describe('a long run reads credentials again', () => {
  test('from a plugin whose token the API server rejects, and makes the call again', async () => {
    const { user, runs } = counting(3_600_000);
    await withCluster(user, async (cluster) => {
      await cluster.call(version);
      accepted = (authorization) => authorization === 'Bearer token-2';
      await expect(cluster.call({ ...version, method: 'POST', body: {} })).resolves.toEqual({});
      await cluster.call(version);
    });

    expect(seen).toEqual(['token-1', 'token-1', 'token-2', 'token-2']);
    expect(runs()).toBe(2);
  });

  test('from a plugin whose token has expired, by a clock that nobody sets', async () => {
    const { user } = counting(120_000);
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now);
    try {
      await withCluster(user, async (cluster) => {
        await cluster.call(version);
        clock.mockReturnValue(now + 60_000);
        await cluster.call(version);
        clock.mockReturnValue(now + 121_000);
        await cluster.call(version);
      });
    } finally {
      clock.mockRestore();
    }

    expect(seen).toEqual(['token-1', 'token-1', 'token-2']);
  });

  test('but not at every call if the local clock is an hour fast', async () => {
    const { user, runs } = counting(-3_000_000);
    await withCluster(user, async (cluster) => {
      for (let count = 0; count < 3; count++) await cluster.call(version);
    });

    expect(runs()).toBe(1);
  });

  test('once for calls at the same time', async () => {
    const { user, runs } = counting(3_600_000);
    await withCluster(user, async (cluster) => {
      await Promise.all(Array.from({ length: 5 }, () => cluster.call(version)));
      accepted = (authorization) => authorization === 'Bearer token-2';
      await Promise.all(Array.from({ length: 5 }, () => cluster.call(version)));
    });

    expect(runs()).toBe(2);
  });

  test('from a token file that has changed', async () => {
    const tokenFile = write('rotated', 'old');
    await withCluster({ tokenFile }, async (cluster) => {
      await cluster.call(version);
      write('rotated', 'new');
      accepted = (authorization) => authorization === 'Bearer new';
      await cluster.call(version);
    });

    expect(seen).toEqual(['old', 'old', 'new']);
  });

  test('from the files of a client certificate after a minute, as kubectl does', async () => {
    const files = { 'client-certificate': 'rotated.crt', 'client-key': 'rotated.key' };
    const put = ({ certificate, key }: KeyPair) => [write('rotated.crt', certificate), write('rotated.key', key)];
    put(client);
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now);
    const cluster = await clusterFromKubeconfig({ kubeconfig: kubeconfig({ user: files }) });
    try {
      await expect(cluster.call(version)).resolves.toMatchObject({ certificate: 'someone' });
      put(await server.authority.signClient({ user: 'renewed' }));
      clock.mockReturnValue(now + 61_000);
      await expect(cluster.call(version)).resolves.toMatchObject({ certificate: 'renewed' });
    } finally {
      clock.mockRestore();
      cluster.close();
    }
  });

  test('and fails with ERR_EGGTOOTH_UNAUTHORIZED, without another call, if they are the same', async () => {
    accepted = () => false;
    await withCluster({ token: SECRET }, async (cluster) => {
      await expect(cluster.call(version)).rejects.toMatchObject({ code: 'ERR_EGGTOOTH_UNAUTHORIZED' });
    });

    expect(seen).toEqual([SECRET]);
  });
});

describe('an exec plugin', () => {
  const echo = (name: string, version?: string) =>
    plugin(printCredential(`{ token: Buffer.from(process.env.${name}).toString('hex') }`, version));
  const decoded = () => JSON.parse(Buffer.from(seen[0] ?? '', 'hex').toString());

  test('gets KUBERNETES_EXEC_INFO', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1beta1';
    await withCluster({ exec: { ...exec(echo('KUBERNETES_EXEC_INFO', 'v1beta1')), apiVersion } }, (one) =>
      one.call(version),
    );

    expect(decoded()).toEqual({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  });

  test('gets the cluster too, with provideClusterInfo', async () => {
    const user = { exec: { ...exec(echo('KUBERNETES_EXEC_INFO')), provideClusterInfo: true } };
    const extension = { audience: 'here' };
    const cluster = {
      server: url,
      'certificate-authority-data': base64(authority.certificate),
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension }],
    };
    const connected = await clusterFromKubeconfig({ kubeconfig: kubeconfig({ cluster, user }) });
    await connected.call(version);
    connected.close();

    expect(decoded().spec).toEqual({
      interactive: false,
      cluster: { server: url, 'certificate-authority-data': base64(authority.certificate), config: extension },
    });
  });

  test('is found beside the kubeconfig if its command is a relative path', async () => {
    const script = write('plugin.cjs', `#!${process.execPath}\n${printCredential("{ token: 'beside' }")}`);
    chmodSync(script, 0o700);
    await withCluster({ exec: exec({ command: './plugin.cjs' }) }, (one) => one.call(version));

    expect(seen).toEqual(['beside']);
  });

  test.each<readonly [string, (cluster: Cluster) => Promise<unknown>, number | undefined]>([
    ['the timeout of a cluster', (cluster) => cluster.call(version), 700],
    ['the timeout of a call', (cluster) => cluster.call({ ...version, timeout: 700 }), undefined],
    ['the deadline of a run', (cluster) => retrying(cluster, 700, () => {}).call(version), undefined],
  ])('counts against %s', async (_, run, timeout) => {
    const hanging = { exec: exec(plugin('setInterval(() => {}, 1000)')) };
    const start = performance.now();

    await withCluster(hanging, (cluster) => expect(run(cluster)).rejects.toMatchObject({ code: KUBECONFIG }), timeout);

    // The shortest limit of one call in a run is 2 s.
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  test('is ended although its own child keeps the output open', async () => {
    const program =
      "require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 4000)'], { stdio: ['ignore', 'inherit', 'ignore'] })";
    const hanging = { exec: exec(plugin(program)) };

    await withCluster(hanging, (one) => expect(one.call(version)).rejects.toMatchObject({ code: KUBECONFIG }), 1000);
  });

  const KUBECONFIG = 'ERR_EGGTOOTH_KUBECONFIG';
  test.each<readonly [string, object, string]>([
    ['prints no JSON', plugin(`console.log('token: ${SECRET}')`), 'printed no ExecCredential'],
    [
      'prints a certificate without its key',
      plugin(printCredential(`{ clientCertificateData: '${SECRET}' }`)),
      'printed no',
    ],
    ['prints nothing', plugin(''), 'printed no ExecCredential'],
    ['prints without end', plugin("setInterval(() => console.log('x'.repeat(1 << 19)), 1)"), 'printed too much'],
    ['fails', plugin(`console.log('${SECRET}'); process.exit(3)`), 'failed (exit code 3)'],
    ['is ended by a signal', plugin("process.kill(process.pid, 'SIGTERM')"), 'failed (SIGTERM)'],
    ['has an invalid argument', { command: process.execPath, args: [`${SECRET}\0`] }, 'has invalid arguments'],
    ['has no command', {}, 'has no command'],
    ['needs a terminal', { ...plugin(''), interactiveMode: 'Always' }, 'needs a terminal'],
  ])('that %s is an error that repeats nothing of it', async (_, command, says) => {
    const error = await errorOf({ kubeconfig: login({ exec: { ...exec(plugin('')), command: '', ...command } }) });

    expect(error).toMatchObject({ code: KUBECONFIG });
    expect(error.message).toContain(says);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(SECRET);
  });

  test('that is missing is an error with its installHint', async () => {
    const missing = { ...exec({ command: join(folder, 'missing') }), installHint: 'brew install\nmissing' };

    expect((await errorOf({ kubeconfig: login({ exec: missing }) })).fix).toBe('brew install missing');
  });
});

describe('nothing that prints an object shows a token or a key:', () => {
  const body = (pem: string) => pem.split('\n')[2] ?? '?';
  const views: readonly (readonly [string, (value: unknown) => string])[] = [
    ['util.inspect', (value) => inspect(value, { depth: Infinity, showHidden: true, getters: true })],
    ['JSON.stringify', (value) => JSON.stringify(value) ?? ''],
    ['structuredClone', (value) => inspect(cloned(value), { depth: Infinity })],
    ['a spread', (value) => inspect({ ...(value as object) }, { depth: Infinity })],
  ];
  const cloned = (value: unknown) => {
    try {
      return structuredClone(value);
    } catch {
      return undefined;
    }
  };

  const users: readonly (readonly [string, () => object])[] = [
    ['a token', () => ({ token: SECRET })],
    ['a token file', () => ({ tokenFile: write('secret-token', SECRET) })],
    ['a password', () => ({ username: 'a', password: SECRET })],
    ['a plugin', () => ({ exec: exec(plugin(printCredential(`{ token: '${SECRET}' }`))) })],
    [
      'a client certificate',
      () => ({ 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) }),
    ],
  ];

  describe.each(views)('%s', (_, view) => {
    test.each(users)('of a cluster with %s', async (_, user) => {
      await withCluster(user(), async (cluster) => {
        await cluster.call(version);
        const wrapped = retrying(cluster, 1000, () => {});
        for (const value of [cluster, wrapped, new ClusterObjects(wrapped), [cluster], { cluster }]) {
          const text = view(value);
          for (const secret of [SECRET, base64(SECRET), base64(`a:${SECRET}`), body(client.key)]) {
            expect(text).not.toContain(secret);
            expect(text).not.toContain(
              secret
                .split('')
                .map((char) => char.charCodeAt(0).toString(16))
                .join(' '),
            );
          }
        }
      });
    });

    test('of a cluster with a certificate', async () => {
      const cluster = clusterAs(url, { cert: client.certificate, key: client.key, ca: [authority.certificate] }, 1000);
      await cluster.call(version);
      const text = view(cluster);
      cluster.close();

      expect(text).not.toContain(body(client.key));
    });
  });

  test('the error of a proxy that cannot be reached', async () => {
    for (const scheme of ['socks5', 'http']) {
      const cluster = { 'proxy-url': `${scheme}://someone:${SECRET}@127.0.0.1:1` };
      const error = await errorOf({ kubeconfig: kubeconfig({ cluster }) });

      expect(error).toBeInstanceOf(EggtoothError);
      expect(isError(error, 'ERR_EGGTOOTH_UNREACHABLE')).toBe(true);
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(SECRET);
    }
  });
});
