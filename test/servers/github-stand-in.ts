/**
 * GitHub's API on loopback: what is asked about commits and files is answered from a real repository, statuses are taken and kept, and all else is that of `emulate`,
 * which runs behind it.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';
import type { GitRepository } from './git-repository.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface GithubStandIn extends AsyncDisposable {
  /** Of its API. */
  readonly url: string;
  readonly token: string;
  /** What was said of commits by statuses, oldest first. */
  readonly statuses: { readonly commit: string; readonly body: Record<string, unknown> }[];
  /** Method and path of every request so far. */
  readonly requests: string[];
  /** From now on every request is answered with this status, until `undefined` is given. */
  failWith(status: number | undefined): void;
  /** Asks `emulate` itself. */
  ask(path: string): Promise<unknown>;
}

const EMULATE = resolve(import.meta.dirname, '../../node_modules/emulate/dist/index.js');
export const GITHUB_TOKEN = 'gho_stand_in';

/** With one repository, `owner/name`, whose commits are those of the real one. */
export async function startGithubStandIn(fullName: string, real: GitRepository): Promise<GithubStandIn> {
  const [owner = '', name = ''] = fullName.split('/');
  const directory = temporaryDirectory('emulate');
  const seed = join(directory.path, 'seed.json');
  writeFileSync(
    seed,
    JSON.stringify({
      tokens: { [GITHUB_TOKEN]: { login: owner, scopes: ['repo'] } },
      github: { users: [{ login: owner }], repos: [{ owner, name, auto_init: true }] },
    }),
  );
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [EMULATE, 'start', '--service', 'github', '--port', String(port), '--seed', seed],
    {
      cwd: directory.path,
      env: { PATH: process.env.PATH, HOME: directory.path, BUN_BE_BUN: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  await new Promise<void>((done, fail) => {
    let said = '';
    const look = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      if (said.includes('Tokens')) done();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('close', () => fail(new Error(`emulate ended: ${said}`)));
  });

  const statuses: GithubStandIn['statuses'] = [];
  const requests: string[] = [];
  let failure: number | undefined;
  const notFound = () => Response.json({ message: 'Not Found' }, { status: 404 });

  async function fromCommits(path: string, query: URLSearchParams): Promise<Response | undefined> {
    const [, kind = '', rest = ''] = /^\/repos\/[^/]+\/[^/]+\/(contents|commits|git\/trees)\/(.+)$/.exec(path) ?? [];
    const wanted = decodeURIComponent(rest);
    try {
      if (kind === 'contents') {
        const text = await real.git('show', `${query.get('ref')}:${wanted}`);
        const content = Buffer.from(`${text}\n`).toString('base64');
        return Response.json({ type: 'file', encoding: 'base64', content });
      }
      if (kind === 'commits' && !wanted.includes('/')) {
        const [sha = '', author = '', ...message] = (await real.git('log', '-1', '--format=%H%n%an%n%B', wanted)).split(
          '\n',
        );
        return Response.json({
          sha,
          commit: { message: message.join('\n').trim(), author: { name: author } },
          author: null,
        });
      }
      if (kind === 'git/trees') {
        const paths = (await real.git('ls-tree', '-r', '--name-only', wanted)).split('\n');
        return Response.json({ tree: paths.map((one) => ({ path: one, type: 'blob' })) });
      }
    } catch {
      return notFound();
    }
    return undefined;
  }

  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const url = new URL(request.url);
      requests.push(`${request.method} ${url.pathname}`);
      if (failure !== undefined) return Response.json({ message: 'as the test wants it' }, { status: failure });
      if (request.headers.get('authorization') !== `Bearer ${GITHUB_TOKEN}`) {
        return Response.json({ message: 'Bad credentials' }, { status: 401 });
      }
      const [, commit] = /^\/repos\/[^/]+\/[^/]+\/statuses\/([0-9a-f]+)$/.exec(url.pathname) ?? [];
      if (commit !== undefined) {
        const body = (await request.json()) as Record<string, unknown>;
        statuses.push({ commit, body });
        return Response.json({ id: statuses.length, ...body }, { status: 201 });
      }
      const own = request.method === 'GET' ? await fromCommits(url.pathname, url.searchParams) : undefined;
      if (own !== undefined) return own;
      return fetch(`http://127.0.0.1:${port}${url.pathname}${url.search}`, {
        method: request.method,
        headers: request.headers,
        ...(request.method !== 'GET' && { body: await request.text() }),
      });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    token: GITHUB_TOKEN,
    statuses,
    requests,
    failWith(status) {
      failure = status;
    },
    ask: async (path) =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${GITHUB_TOKEN}` } })).json(),
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      child.kill();
      await ended;
      await directory[Symbol.asyncDispose]();
    },
  };
}
