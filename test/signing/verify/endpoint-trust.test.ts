import https from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTrust } from '../../../src/signing/verify/endpoint-trust';
import { type Authority, createAuthority, type KeyPair } from '../../../tools/control-plane/pki';

const servers: Server[] = [];
let [ours, strangers]: Authority[] = [];
let serving: KeyPair;
let url: string;
/** Nothing listens there. */
let closed: string;
let plain: string;
beforeAll(async () => {
  [ours, strangers] = await Promise.all(['ours', 'strangers'].map((name) => createAuthority(name)));
  serving = await authorityOf(ours).signServer('server', ['localhost'], ['127.0.0.1']);
  url = await listen(https.createServer({ cert: serving.certificate, key: serving.key }));
  plain = await listen(createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const other = createServer();
  closed = await listen(other);
  await new Promise((resolve) => other.close(resolve));
});
afterAll(() => {
  for (const server of servers) server.close();
});

function authorityOf(authority: Authority | undefined): Authority {
  if (authority === undefined) throw new Error('there is no authority');
  return authority;
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ca = () => authorityOf(ours).certificate;
const foreign = () => authorityOf(strangers).certificate;
const trustOf = (candidates: readonly string[], { at = url, isGiven = true, system = [foreign()] } = {}) =>
  findTrust({ url: at, candidates, isGiven }, url, system);

describe('findTrust chooses', () => {
  test('each CA that alone verifies the endpoint, and no other', async () => {
    expect(await trustOf([ca()])).toEqual({ certificates: [ca()], isVerified: true });
    expect(await trustOf([foreign(), ca()])).toEqual({ certificates: [ca()], isVerified: true });
    expect(await trustOf([ca(), foreign()])).toEqual({ certificates: [ca()], isVerified: true });
  });

  test('a certificate that is no root, as Go does', async () => {
    expect(await trustOf([serving.certificate])).toEqual({ certificates: [serving.certificate], isVerified: true });
  });

  test('no CA for an endpoint that every system trusts, unless the bundle gives one', async () => {
    const system = [foreign(), ca()];

    expect(await trustOf([foreign()], { isGiven: false, system })).toEqual({ certificates: [], isVerified: true });
    expect(await trustOf([foreign()], { isGiven: true, system })).toEqual({
      certificates: [foreign()],
      isVerified: false,
    });
    expect(await trustOf([ca()], { isGiven: false, system })).toEqual({ certificates: [ca()], isVerified: true });
  });

  test('a CA that verifies the fallback, for an endpoint that cannot be reached', async () => {
    expect(await trustOf([foreign(), ca()], { at: closed })).toEqual({ certificates: [ca()], isVerified: false });
    expect(await trustOf([foreign()], { at: closed })).toEqual({ certificates: [foreign()], isVerified: false });
  });
});

describe('findTrust verifies nothing', () => {
  test('at an endpoint whose certificate does not contain its host', async () => {
    const { port } = new URL(url);
    const { certificate, key } = await authorityOf(ours).signServer('server', ['elsewhere.example'], ['127.0.0.9']);
    const at = await listen(https.createServer({ cert: certificate, key }));

    expect(await trustOf([ca()], { at })).toEqual({ certificates: [ca()], isVerified: false });
    expect(await trustOf([ca()], { at: `https://localhost:${port}` })).toMatchObject({ isVerified: true });
  });

  test('at an endpoint whose certificate is one of a client', async () => {
    const { certificate, key } = await authorityOf(ours).signClient({ user: 'client' });
    const at = await listen(https.createServer({ cert: certificate, key }));

    expect(await trustOf([ca()], { at, isGiven: false, system: [ca()] })).toMatchObject({ isVerified: false });
  });

  test('at an endpoint that does not speak TLS', async () => {
    expect(await trustOf([ca()], { at: plain, isGiven: false })).toMatchObject({ isVerified: false });
  });
});
