import { expect, test } from 'vitest';
import { isLoopback, leadsHome } from '../../../src/signing/verify/loopback';

test.each([
  ['https://localhost:7445', true],
  ['https://LOCALHOST', true],
  ['https://api.localhost:6443', true],
  ['https://localhost.:6443', true],
  ['https://127.0.0.1:6443', true],
  ['https://127.8.9.10:6443', true],
  ['https://[::1]:6443', true],
  ['https://[0:0:0:0:0:0:0:1]:6443', true],
  ['https://[::ffff:127.0.0.1]:6443', true],
  ['https://localhost.example:6443', false],
  ['https://10.0.0.1:6443', false],
  ['https://128.0.0.1:6443', false],
  ['https://[::2]:6443', false],
  ['https://[::ffff:10.0.0.1]:6443', false],
  ['https://notlocalhost:6443', false],
])('%s is on the loopback: %s', (url, expected) => {
  expect(isLoopback(url)).toBe(expected);
});

test('A loopback endpoint leads to the cluster from a node only, or where the kubeconfig has the same address', () => {
  const url = 'https://localhost:7445';

  expect(leadsHome({ server: 'https://10.0.0.1:6443' }, url)).toBe(false);
  expect(leadsHome({ server: 'https://localhost:6443' }, url)).toBe(false);
  expect(leadsHome({ server: 'https://127.0.0.1:7445' }, url)).toBe(false);
  expect(leadsHome({ server: url }, url)).toBe(true);
  expect(leadsHome({ server: 'https://10.0.0.1:6443', onNode: true }, url)).toBe(true);
  expect(leadsHome({ server: url }, 'https://10.0.0.1:6443')).toBe(true);
});
