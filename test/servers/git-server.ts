/**
 * Git repositories served on loopback over "smart" HTTP, by git's own `http-backend` behind a bridge that speaks CGI (RFC 3875).
 *
 *     await using server = await startGitServer({ token: 'secret' });
 *     const app = await server.createRepository('app');
 *     const commit = await app.commit({ Makefile: 'test:\n\ttrue\n' }, 'Begin');
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { GitRepository, gitEnvironment } from './git-repository.ts';
import type { Availability } from './required.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface GitServer extends AsyncDisposable {
  readonly url: string;
  /** Method and path of every request so far. */
  readonly requests: readonly string[];
  createRepository(name: string): Promise<GitRepository>;
  /** From now on every request is answered with this status, until `undefined` is given. */
  failWith(status: number | undefined): void;
}

export function gitAvailability(): Availability {
  return findProgram('git') ? { available: true } : { available: false, reason: 'git is not installed' };
}

/** With `token`, a request needs it as the password of basic authentication, under any name. */
export async function startGitServer(options: { readonly token?: string } = {}): Promise<GitServer> {
  const directory = temporaryDirectory('git');
  const root = join(directory.path, 'repositories');
  mkdirSync(root);
  const requests: string[] = [];
  let failure: number | undefined;

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (failure !== undefined) {
      response.writeHead(failure).end('as the test wants it\n');
    } else if (options.token !== undefined && passwordOf(request) !== options.token) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('authentication needed\n');
    } else {
      passToBackend(root, directory.path, request, response);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;

  return {
    url,
    requests,
    createRepository: (name) =>
      GitRepository.create({
        name,
        url: `${url}/${name}.git`,
        bare: join(root, `${name}.git`),
        clone: join(directory.path, 'clones', name),
        home: directory.path,
      }),
    failWith(status) {
      failure = status;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await directory[Symbol.asyncDispose]();
    },
  };
}

function passwordOf(request: IncomingMessage): string | undefined {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [, ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return password.join(':');
}

function passToBackend(root: string, home: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://git');
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  const child = spawn('git', ['http-backend'], {
    env: {
      ...gitEnvironment(home),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header('git-protocol'),
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      REMOTE_ADDR: '127.0.0.1',
      REMOTE_USER: 'test',
      ...(request.headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: header('content-length') }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => response.writeHead(500).end('git http-backend cannot be started\n'));
  // The backend may answer before it has read everything.
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  response.on('close', () => child.kill());

  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const fields = head
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const status = fields.find(([name]) => name.toLowerCase() === 'status')?.[1];
    response.writeHead(Number.parseInt(status ?? '200', 10), Object.fromEntries(fields));
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.stdout.on('end', () => {
    if (head !== undefined) response.writeHead(500);
    response.end();
  });
}
