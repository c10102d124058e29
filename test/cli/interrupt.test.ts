import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeBundle } from '../e2e/support/bundle';
import { ociRepository, workspace } from './support/workspace';

/** Accepts connections, as an API server that does not answer. */
const silent = createServer();
beforeAll(() => new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening)));
afterAll(() => silent.close());

function kubeconfig(): string {
  const { port } = silent.address() as AddressInfo;
  return JSON.stringify({
    'current-context': 'silent',
    clusters: [{ name: 'silent', cluster: { server: `https://127.0.0.1:${port}` } }],
    users: [{ name: 'silent', user: { token: 'none' } }],
    contexts: [{ name: 'silent', context: { cluster: 'silent', user: 'silent' } }],
  });
}

test.each([
  ['up', ['up', 'bundle.yaml']],
  ['migrate', ['migrate', 'bundle.yaml', 'next.yaml']],
  ['issue', ['issue', 'bundle.yaml']],
  ['renew', ['renew', 'bundle.yaml']],
  ['revoke', ['revoke', 'bundle.yaml']],
  ['request', ['request', 'bundle.yaml', '--key-out', 'new.key']],
  ['approve', ['approve', 'bundle.yaml', 'assets-reader-1f2e3d4c5b']],
  ['collect', ['collect', 'bundle.yaml', '--key', 'tls.key']],
])('%s reports its last step and how to continue when it is interrupted', async (_, args) => {
  const place = workspace();
  writeBundle(place.path('next.yaml'), [ociRepository]);
  writeFileSync(place.path('kubeconfig'), kubeconfig(), { mode: 0o600 });
  await place.eggtooth(['csr', 'bundle.yaml', '--key-out', 'tls.key']);
  const interrupt = new AbortController();
  silent.once('connection', () => interrupt.abort());

  const run = await place.eggtooth([...args, '--kubeconfig', 'kubeconfig'], {
    signal: interrupt.signal,
    killSignal: 'SIGINT',
  });

  expect(run.stderr).toMatch(
    /^error: interrupted by SIGINT; last step: .+\n {2}fix: run the same command again: it continues from there\n$/,
  );
  expect(run).toMatchObject({ code: 130, stdout: '' });
});
