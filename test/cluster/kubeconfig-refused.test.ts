import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { KubeconfigOptions } from '../../src/cluster/kubeconfig-options';
import {
  errorOf,
  exec,
  folder,
  kubeconfig,
  plugin,
  SECRET,
  server,
  startApiServers,
  write,
} from './support/kubeconfig';

startApiServers();

describe('clusterFromKubeconfig rejects with ERR_EGGTOOTH_KUBECONFIG and a fix', () => {
  const cases: readonly (readonly [string, () => KubeconfigOptions, string])[] = [
    ['a missing file', () => ({ kubeconfig: join(folder, 'missing') }), 'missing cannot be read (ENOENT)'],
    ['a folder', () => ({ kubeconfig: folder }), 'cannot be read (EISDIR)'],
    ['an empty file', () => ({ kubeconfig: write('empty', '') }), 'no usable context ""'],
    [
      'a file that is not YAML',
      () => ({ kubeconfig: write('bad', `a: [${SECRET}`) }),
      'cannot be read (it is not YAML, line 1)',
    ],
    ['a string', () => ({ kubeconfig: write('text', SECRET) }), 'kubeconfig'],
    ['a list', () => ({ kubeconfig: write('list', `- ${SECRET}`) }), 'kubeconfig'],
    ['another object', () => ({ kubeconfig: write('other', `kind: Secret\ndata: {a: ${SECRET}}`) }), 'kubeconfig'],
    ['no current-context', () => ({ kubeconfig: kubeconfig({ 'current-context': '' }) }), 'no usable context ""'],
    ['an unknown current-context', () => ({ kubeconfig: kubeconfig({ 'current-context': 'x' }) }), 'context "x"'],
    ['an unknown --context', () => ({ kubeconfig: kubeconfig(), context: 'three' }), 'no usable context "three"'],
    ['a context without a cluster', () => ({ kubeconfig: kubeconfig(), context: 'broken' }), 'context "broken"'],
    ['a context without a user', () => ({ kubeconfig: kubeconfig(), context: 'nobody' }), 'context "nobody"'],
    [
      'insecure-skip-tls-verify',
      () => ({ kubeconfig: kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } }) }),
      'the cluster here of the kubeconfig has insecure-skip-tls-verify',
    ],
    [
      'a server without TLS',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: 'http://127.0.0.1:8001' } }) }),
      'the server http://127.0.0.1:8001 is not https',
    ],
    [
      'a server without TLS, with a password',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: `http://a:${SECRET}@127.0.0.1:8001` } }) }),
      'the server http://***@127.0.0.1:8001 is not https',
    ],
    [
      'a server with a password',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: server.url.replace('//', `//a:${SECRET}@`) } }) }),
      'has credentials',
    ],
    [
      'no server',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: '' } }) }),
      'cluster here of the kubeconfig has no server',
    ],
    [
      'a server that is not a URL',
      () => ({ kubeconfig: kubeconfig({ cluster: { server: 'https://ex ample:1:2' } }) }),
      'the server https://ex ample:1:2 is not a URL',
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

  test.each(cases)('%s', async (_, options, says) => {
    const error = await errorOf(options());

    expect(error.code).toBe('ERR_EGGTOOTH_KUBECONFIG');
    expect(error.message).toContain(says);
  });

  test('an unknown context, with the names of those that exist', async () => {
    const error = await errorOf({ kubeconfig: kubeconfig(), context: 'three' });

    expect(error.fix).toBe('choose one of: one, two, broken, nobody');
  });

  test('a missing file in the variable KUBECONFIG, with its name', async () => {
    vi.stubEnv('KUBECONFIG', join(folder, 'missing'));

    expect((await errorOf({})).message).toContain(`there is no kubeconfig: ${join(folder, 'missing')} not found`);
  });

  test('a missing default kubeconfig', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    for (const name of ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST']) vi.stubEnv(name, undefined);
    for (const name of ['HOME', 'USERPROFILE']) vi.stubEnv(name, home);

    const error = await errorOf({});

    expect(error.message).toContain('there is no kubeconfig');
    expect(error.fix).toContain('--kubeconfig');
  });
});
