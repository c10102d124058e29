import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FileServer, serveFolder } from './file-server';

const port = 8199;
let parent: string;
let server: FileServer;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'file-server-'));
  mkdirSync(join(parent, 'served/repos'), { recursive: true });
  writeFileSync(join(parent, 'served/repos/index.yaml'), '<b>: entries\n');
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  server = await serveFolder(join(parent, 'served'), '127.0.0.1', port);
});
afterAll(async () => {
  await server.stop();
  rmSync(parent, { recursive: true });
});

describe('a served folder', () => {
  test('serves YAML with a type other than HTML, which the proxy would rewrite', async () => {
    const answer = await request('/repos/index.yaml');
    expect(answer).toMatchObject({ status: 200, body: '<b>: entries\n' });
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test('answers HEAD without a body', async () => {
    expect(await request('/repos/index.yaml', 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  test('rejects writes', async () => {
    expect(await request('/repos/index.yaml', 'POST')).toMatchObject({ status: 405 });
  });

  test('lists folders, and redirects to a trailing slash', async () => {
    expect((await request('/repos/')).body).toContain('<a href="index.yaml">index.yaml</a>');
    expect(await request('/repos')).toMatchObject({ status: 301, headers: { location: 'repos/' } });
  });

  test.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/repos/..%5c..%5csecret.txt',
    '/%00',
    '/%zz',
    '//x',
  ])('does not leave the folder for %s', async (path) => {
    const { status, body } = await request(path);
    expect([400, 404]).toContain(status);
    expect(body).not.toContain('secret');
  });

  test('records the requested URLs', () => {
    expect(server.requests[0]).toBe('/repos/index.yaml');
  });
});

function request(path: string, method = 'GET') {
  return new Promise<{ status?: number; headers: http.IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const outgoing = http.request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    outgoing.on('error', reject).end();
  });
}
