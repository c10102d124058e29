import { expect, test } from 'vitest';
import { expectError, readers, workspace } from './support/workspace';

/** On one node its rolling update never ends: the bundle works, and this should be changed. */
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'first-0' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web:1', ports: [{ hostPort: 8200 }] }] },
    },
  },
};

const WARNING = /^warning host-port-surge: Deployment first-0\/web spec\.strategy: .*; fix: .*\n/;

test('csr prints a warning on standard error and succeeds', async () => {
  const run = await workspace([...readers(), deployment]).eggtooth(['csr', 'bundle.yaml', '--key-out', 'tls.key']);

  expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/^apiVersion: /) });
  expect(run.stderr.replace(WARNING, '')).toBe('');
});

test.each([
  ['issue', ['issue', 'bundle.yaml']],
  ['up', ['up', 'bundle.yaml']],
  ['renew', ['renew', 'bundle.yaml']],
  ['renew of two bundles', ['renew', 'bundle.yaml', 'bundle.yaml']],
])('%s prints a warning once, and then looks for the cluster', async (_, args) => {
  const run = await workspace([...readers(), deployment]).eggtooth([...args, '--kubeconfig', 'missing']);

  expect(run.stderr).toMatch(WARNING);
  expectError({ ...run, stderr: run.stderr.replace(WARNING, '') }, 'ERR_EGGTOOTH_KUBECONFIG', 'missing cannot be read');
});
