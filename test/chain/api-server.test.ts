import { describe, expect, test } from 'vitest';
import { ApiServer } from '../../src/chain/api-server';
import { errorOf } from '../support/errors';

const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('an API server', () => {
  test.each([
    { given: 'https://example.org:6443', url: 'https://example.org:6443', host: 'example.org', port: 6443 },
    { given: 'https://example.org', url: 'https://example.org:443', host: 'example.org', port: 443 },
    { given: 'https://localhost:7445', url: 'https://localhost:7445', host: 'localhost', port: 7445 },
    { given: 'https://10.0.0.1:65535', url: 'https://10.0.0.1:65535', host: '10.0.0.1', port: 65535 },
    { given: 'https://API.Example.org:1', url: 'https://api.example.org:1', host: 'api.example.org', port: 1 },
    { given: 'https://[fd00::1]:6443', url: 'https://[fd00::1]:6443', host: 'fd00::1', port: 6443 },
    { given: 'https://[FD00::A]', url: 'https://[fd00::a]:443', host: 'fd00::a', port: 443 },
    {
      given: 'https://[::ffff:10.0.0.1]:6443',
      url: 'https://[::ffff:10.0.0.1]:6443',
      host: '::ffff:10.0.0.1',
      port: 6443,
    },
  ])('at $given has one URL, and a host and port for a pod', ({ given, url, host, port }) => {
    const apiServer = ApiServer.fromUrl(given);

    expect(apiServer).toMatchObject({ url, host, port });
    expect(ApiServer.fromUrl(apiServer.url).url).toBe(url);
  });

  test.each([
    ['Talos', ApiServer.talos, 'https://localhost:7445'],
    ['k3s', ApiServer.k3s, 'https://localhost:6444'],
    ['RKE2', ApiServer.rke2, 'https://localhost:6443'],
  ] as const)('has the address that each node of %s has, and the CA that is passed for it', (_, make, url) => {
    expect(make()).toMatchObject({ url, certificateAuthority: undefined });
    expect(make({ certificateAuthority: certificate })).toMatchObject({ url, certificateAuthority: certificate });
    errorOf('ERR_EGGTOOTH_CA', () => make({ certificateAuthority: 'no PEM' }));
  });

  test('has the CA for its address, with one certificate or several', () => {
    const certificateAuthority = `# root\n${certificate}${certificate}`;

    expect(ApiServer.fromUrl('https://example.org', { certificateAuthority })).toMatchObject({ certificateAuthority });
    expect(ApiServer.fromUrl('https://example.org').certificateAuthority).toBeUndefined();
  });
});

describe('ApiServer.fromUrl rejects a URL', () => {
  const badForm = 'write https://HOST:PORT, as in https://example.org:6443';

  test.each([
    { why: 'of http', url: 'http://example.org:6443', says: 'is not https', fix: 'write https://' },
    { why: 'without a scheme', url: 'example.org:6443', says: 'does not start with https://', fix: badForm },
    { why: 'of another scheme', url: 'oci://example.org', says: 'does not start with https://', fix: badForm },
    {
      why: 'in capitals, which a HelmRepository does not accept',
      url: 'HTTPS://example.org',
      says: 'does not start with https://',
      fix: badForm,
    },
    { why: 'that is empty', url: '', says: 'does not start with https://', fix: badForm },
    { why: 'without a host', url: 'https://', says: 'ends with a slash', fix: 'remove it' },
    { why: 'without a host, with a port', url: 'https://:6443', says: 'has no valid host and port', fix: badForm },
    { why: 'with an empty port', url: 'https://example.org:', says: 'has no valid host and port', fix: badForm },
    {
      why: 'with a port of letters',
      url: 'https://example.org:https',
      says: 'has no valid host and port',
      fix: badForm,
    },
    {
      why: 'with a leading zero in the port',
      url: 'https://example.org:08123',
      says: 'has no valid host and port',
      fix: badForm,
    },
    { why: 'with a space', url: 'https://example.org :6443', says: 'has no valid host and port', fix: badForm },
    {
      why: 'with a newline at its end',
      url: 'https://example.org:6443\n',
      says: 'has no valid host and port',
      fix: badForm,
    },
    { why: 'with an empty label', url: 'https://example..org', says: 'has no valid host and port', fix: badForm },
    {
      why: 'with an invalid address',
      url: 'https://10.0.0.256:6443',
      says: 'has no valid host and port',
      fix: badForm,
    },
    {
      why: 'with an IPv6 address without brackets',
      url: 'https://fd00::1',
      says: 'IPv6 address without brackets',
      fix: 'https://[ADDRESS]:PORT',
    },
    {
      why: 'with an IPv6 address without brackets, and a port',
      url: 'https://fd00::1:6443',
      says: 'IPv6 address without brackets',
      fix: 'https://[ADDRESS]:PORT',
    },
    {
      why: 'with an invalid IPv6 address',
      url: 'https://[fd00::1::2]:6443',
      says: 'has no valid host and port',
      fix: badForm,
    },
    {
      why: 'with a slash at its end',
      url: 'https://example.org:6443/',
      says: 'ends with a slash',
      fix: 'remove it: https://example.org:6443',
    },
    {
      why: 'with a path',
      url: 'https://example.org/k8s/clusters/c-1',
      says: 'has a path, a query or a fragment',
      fix: 'the route provides the path',
    },
    {
      why: 'with a query',
      url: 'https://example.org:6443?a=b',
      says: 'has a path, a query or a fragment',
      fix: 'the route provides the path',
    },
    {
      why: 'with a fragment',
      url: 'https://example.org:6443#a',
      says: 'has a path, a query or a fragment',
      fix: 'the route provides the path',
    },
  ])('$why: $url', ({ url, says, fix }) => {
    const error = errorOf('ERR_EGGTOOTH_URL', () => ApiServer.fromUrl(url));

    expect(error.problem).toMatch(
      new RegExp(`^the API server's URL ${escaped(JSON.stringify(url))} .*${escaped(says)}`),
    );
    expect(error.fix).toContain(fix);
  });

  test.each([
    ['https://010.0.0.1:6443', '8.0.0.1'],
    ['https://10.0.0.01:6443', '10.0.0.1'],
    ['https://127.1:6443', '127.0.0.1'],
    ['https://0x7f.1:6443', '127.0.0.1'],
    ['https://0X7F.0.0.1', '127.0.0.1'],
    ['https://2130706433:6443', '127.0.0.1'],
    ['https://10.0.1', '10.0.0.1'],
    ['https://1.2.3', '1.2.0.3'],
  ])('with an IPv4 address that programs read differently: %s', (url, address) => {
    const error = errorOf('ERR_EGGTOOTH_URL', () => ApiServer.fromUrl(url));

    expect(error.problem).toMatch(/^the API server's URL ".*" has no valid IPv4 address$/);
    expect(error.fix).toBe(
      `write four decimal numbers without leading zeros. Some programs would read ${address}, but Flux does not`,
    );
  });

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [6443, 'a value of the type number'],
    [new URL('https://me:w0rd@example.org'), 'a value of the type object'],
    [['https://example.org'], 'a value of the type object'],
  ])('that is no string: %s', (given, found) => {
    const error = errorOf('ERR_EGGTOOTH_URL', () => ApiServer.fromUrl(given as unknown as string));

    expect(error.problem).toBe(`expected the API server's URL, found ${found}`);
    expect(error.fix).toBe('pass a string, as in https://example.org:6443');
  });

  test.each([0, 65536, 70000])('with port %d', (port) => {
    const error = errorOf('ERR_EGGTOOTH_URL', () => ApiServer.fromUrl(`https://example.org:${port}`));

    expect(error.problem).toBe(`https://example.org:${port} has no valid port`);
    expect(error.fix).toBe('write a port from 1 to 65535');
  });

  test.each([
    'https://admin:w0rd@example.org:6443',
    'https://w0rd@example.org:6443',
    'https://admin:p4ss@w0rd@example.org:6443',
    'https://admin:p4ss/w0rd@example.org:6443',
    'https://admin:p4ss\nw0rd@example.org:6443',
    'http://admin:w0rd@example.org:6443',
    'HTTPS://admin:w0rd@example.org:6443',
    'admin:w0rd@example.org:6443',
  ])('with credentials, which no part of the error contains: %j', (url) => {
    const error = errorOf('ERR_EGGTOOTH_URL', () => ApiServer.fromUrl(url));

    expect(error.problem).toContain('***@example.org:6443');
    expect(`${error.message} ${error.stack}`).not.toMatch(/p4ss|w0rd/);
  });
});

describe('ApiServer.fromUrl rejects a CA', () => {
  const key = '-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n';

  test.each([
    { why: 'that is empty', pem: '', says: 'no PEM block CERTIFICATE' },
    { why: 'that is the path of a file', pem: '/etc/kubernetes/ca.crt', says: 'no PEM block CERTIFICATE' },
    { why: 'that is truncated', pem: certificate.slice(0, 40), says: 'no PEM block CERTIFICATE' },
    {
      why: 'that is encoded in base64 again',
      pem: Buffer.from(certificate).toString('base64'),
      says: 'no PEM block CERTIFICATE',
    },
    { why: 'that is a Buffer', pem: Buffer.from(certificate) as unknown as string, says: 'no PEM block CERTIFICATE' },
    { why: 'that is a key', pem: key, says: 'a PEM block EC PRIVATE KEY' },
    { why: 'with a key beside it', pem: certificate + key, says: 'a PEM block EC PRIVATE KEY' },
  ])('$why', ({ pem, says }) => {
    const given = () => ApiServer.fromUrl('https://example.org', { certificateAuthority: pem });

    const error = errorOf('ERR_EGGTOOTH_CA', given);

    expect(error.problem).toBe(`expected CA certificates (PEM) for https://example.org:443, found ${says}`);
    expect(error.message).not.toContain('c2VjcmV0');
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
