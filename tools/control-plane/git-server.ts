import { execFile, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cluster } from './cluster';

/** Git repositories that are served over plain HTTP, for reading and writing. */
export interface GitServer {
  /** Creates an empty repository, and returns its URL. */
  create(name: string): Promise<string>;
}

const PORT = 3000;

/** Serves Git repositories with git's own `git http-backend` on the address of the cluster, until the cluster stops. */
export async function startGitServer(cluster: Cluster): Promise<GitServer> {
  const root = mkdtempSync(join(cluster.dir, 'git-'));
  const server = createServer((request, response) => {
    serve(root, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(PORT, cluster.address, resolve);
  });
  cluster.onStop(async () => {
    server.close();
    server.closeAllConnections();
  });
  return {
    async create(name) {
      const repository = join(root, `${name}.git`);
      await promisify(execFile)('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
      await promisify(execFile)('git', ['-C', repository, 'config', 'http.receivepack', 'true']);
      return `http://${cluster.address}:${PORT}/${name}.git`;
    },
  };
}

/** Runs git as a CGI program (RFC 3875). */
function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://git');
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-encoding'] && { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
      ...(request.headers['git-protocol'] && { GIT_PROTOCOL: `${request.headers['git-protocol']}` }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin.on('error', () => {}));
  let head = Buffer.alloc(0);
  backend.stdout.on('data', (part: Buffer) => {
    if (response.headersSent) {
      response.write(part);
      return;
    }
    head = Buffer.concat([head, part]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const fields = head.toString('latin1', 0, end).split('\r\n');
    const headers = fields.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers));
    response.write(head.subarray(end + 4));
  });
  backend.on('error', () => response.destroy());
  backend.on('close', () => response.end());
}
