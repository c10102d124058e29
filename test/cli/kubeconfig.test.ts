import { writeFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { expectError, type Workspace, workspace } from './support/workspace';

const SERVER = 'https://127.0.0.1:1';

/** Writes a kubeconfig with one cluster and one user, and issues with it. */
function issueWith({ path, eggtooth }: Workspace, user: object, cluster: object = { server: SERVER }) {
  const entry = (field: string, value: object) => ({ [`${field}s`]: [{ name: 'bare', [field]: value }] });
  const kubeconfig = {
    'current-context': 'bare',
    ...entry('context', { cluster: 'bare', user: 'bare' }),
    ...entry('cluster', cluster),
    ...entry('user', user),
  };
  writeFileSync(path('kubeconfig'), JSON.stringify(kubeconfig));
  return eggtooth(['issue', 'bundle.yaml', '--kubeconfig', path('kubeconfig')]);
}

describe('the bundled command line', () => {
  test('connects through the SOCKS proxy of the kubeconfig', async () => {
    const cluster = { server: 'https://api.invalid:6443', 'proxy-url': 'socks5://127.0.0.1:1' };
    const run = await issueWith(workspace(), { token: 'a' }, cluster);

    expectError(run, 'ERR_EGGTOOTH_UNREACHABLE', 'is unreachable (through the proxy 127.0.0.1:1: ECONNREFUSED)');
  });

  test('runs the exec plugin of the kubeconfig, and connects with its token', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-a-plugin' },
    };
    const exec = { apiVersion: credential.apiVersion, command: 'echo', args: [JSON.stringify(credential)] };
    const run = await issueWith(workspace(), { exec: { ...exec, interactiveMode: 'Never' } });

    expectError(run, 'ERR_EGGTOOTH_UNREACHABLE', 'is unreachable (ECONNREFUSED)');
  });

  test.each(['gcp', 'azure', 'openstack'])(
    'refuses the auth-provider %s, which kubectl does not have',
    async (name) => {
      const run = await issueWith(workspace(), { 'auth-provider': { name, config: { 'cmd-path': 'echo' } } });

      expectError(run, 'ERR_EGGTOOTH_KUBECONFIG', `has the auth-provider "${name}", which kubectl does not support`);
    },
  );
});
