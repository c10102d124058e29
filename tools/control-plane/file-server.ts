import { createReadStream, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { listen } from './listen';

/** A folder that is served over plain HTTP. */
export interface FileServer {
  /** The requested URLs, in order. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/**
 * The content types that Go's file server detects in an image without /etc/mime.types. Charts never get text/html,
 * because the API server's proxy rewrites HTML.
 */
const contentTypes: Record<string, string> = {
  '.yaml': 'text/plain; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.tgz': 'application/x-gzip',
  '.html': 'text/html; charset=utf-8',
};

/** Serves the folder with listings, without TLS and authentication, for GET and HEAD only. */
export async function serveFolder(folder: string, address: string, port: number): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    respond(folder, request, response).catch(() => end(response, 404, '404 page not found\n'));
  });
  const { stop } = await listen(server, address, port);
  return { requests, stop };
}

async function respond(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return end(response, 405, '405 method not allowed\n');
  }
  // URL resolves `..` and `%2e%2e`. A path that still contains `..` after decoding is rejected.
  const { pathname } = new URL(`http://pod${request.url}`);
  const path = decodeURIComponent(pathname);
  if (path.includes('\0') || path.split(/[/\\]/).includes('..')) {
    return end(response, 400, 'invalid URL path\n');
  }
  const file = join(folder, path);
  const info = await stat(file);
  if (info.isDirectory()) {
    return pathname.endsWith('/') ? list(file, response) : redirect(`${pathname.split('/').pop()}/`, response);
  }
  return sendFile(file, info, request, response);
}

function sendFile(file: string, info: Stats, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
    'content-length': info.size,
    'last-modified': info.mtime.toUTCString(),
  });
  if (request.method === 'HEAD') {
    response.end();
  } else {
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  }
}

async function list(folder: string, response: ServerResponse): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  const links = names.map((name) => `<a href="${encodeURI(name)}">${name.replace(/[&<>"]/g, '_')}</a>\n`);
  response.setHeader('content-type', 'text/html; charset=utf-8');
  end(response, 200, `<!doctype html>\n<pre>\n${links.join('')}</pre>\n`);
}

function redirect(location: string, response: ServerResponse): void {
  response.setHeader('location', location);
  end(response, 301, '');
}

function end(response: ServerResponse, status: number, body: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!response.hasHeader('content-type')) {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
  }
  response.writeHead(status).end(body);
}
