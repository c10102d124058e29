import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { expectError, workspace } from './support/workspace';

test('the bundled command line connects through the SOCKS proxy of the kubeconfig', async () => {
  const { path, eggtooth } = workspace();
  const entry = (field: string, value: object) => ({ [`${field}s`]: [{ name: 'bare', [field]: value }] });
  const kubeconfig = {
    'current-context': 'bare',
    ...entry('context', { cluster: 'bare', user: 'bare' }),
    ...entry('cluster', { server: 'https://127.0.0.1:6443', 'proxy-url': 'socks5://127.0.0.1:1' }),
    ...entry('user', {}),
  };
  writeFileSync(path('kubeconfig'), JSON.stringify(kubeconfig));

  const run = await eggtooth(['issue', 'bundle.yaml', '--kubeconfig', path('kubeconfig')]);

  expectError(run, 'ERR_EGGTOOTH_UNREACHABLE', 'is unreachable (connect ECONNREFUSED 127.0.0.1:1)');
});
