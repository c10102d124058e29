import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBundle } from '../../src/kubernetes/read-bundle';
import { expectError, workspace } from './support/workspace';

const snapshot = (example: string) =>
  readBundle(join(__dirname, `../constructs/__snapshots__/examples/${example}.k8s.yaml`));
const bundles = [
  ['upstream', 'HelmRepository kube-system/cilium'],
  ['oci', 'OCIRepository platform/platform'],
  ['sidecar', 'HelmRepository platform/charts'],
] as const;

/** Runs a command on an example, without a cluster: the kubeconfig does not exist. */
function run(example: string, ...args: readonly string[]) {
  return workspace(snapshot(example)).eggtooth([...args, '--kubeconfig', 'none']);
}

describe.each(bundles)('for the example %s', (example, source) => {
  const reason = `nothing in the bundle needs a certificate: Flux does not read ${source} through the API server`;

  test.each(['issue', 'renew', 'status'])('%s has nothing to do, asks no cluster and succeeds', async (command) => {
    expect(await run(example, command, 'bundle.yaml')).toMatchObject({ code: 0, stdout: '', stderr: `${reason}\n` });
  });

  test.each([
    ['revoke', 'bundle.yaml', '--kubeconfig', 'none'],
    ['csr', 'bundle.yaml', '--key-out', 'tls.key'],
    ['rbac', 'issue', 'bundle.yaml'],
  ])('%s fails, because there is nothing that it could do', async (...args) => {
    expectError(await workspace(snapshot(example)).eggtooth(args), 'ERR_EGGTOOTH_CHAIN', reason);
  });
});

test.each(['issue', 'renew', 'status'])('%s -o json prints an empty list', async (command) => {
  const { code, stdout } = await run('upstream', command, 'bundle.yaml', '-o', 'json');

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ items: [] });
});

test('issue --dry-run prints an empty List', async () => {
  const { stdout } = await run('upstream', 'issue', 'bundle.yaml', '--dry-run', '-o', 'json');

  expect(JSON.parse(stdout)).toEqual({ apiVersion: 'v1', kind: 'List', items: [] });
});
