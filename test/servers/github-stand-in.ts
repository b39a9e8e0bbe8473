/**
 * GitHub's API on loopback: what is asked about commits and files is answered from a real repository, statuses are taken and kept, and all else is that of `emulate`,
 * which runs behind it.
 */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
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
  /** Of its pages, where people agree that somebody acts for them. */
  readonly webUrl: string;
  /** Where it was told to send what happens, newest last. */
  readonly hooks: { readonly url: string; readonly secret: string; readonly events: readonly string[] }[];
  /** Sends word of a push, signed, as GitHub does. */
  push(branch: string, commit: string): Promise<Response>;
}

/** The application that people sign in to, at the address that they come back to. */
export interface StandInApplication {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly callback: string;
}

const EMULATE = resolve(import.meta.dirname, '../../node_modules/emulate/dist/index.js');
export const GITHUB_TOKEN = 'gho_stand_in';

/** With one repository, `owner/name`, whose commits are those of the real one. */
export async function startGithubStandIn(
  fullName: string,
  real: GitRepository,
  application?: StandInApplication,
): Promise<GithubStandIn> {
  const [owner = '', name = ''] = fullName.split('/');
  const directory = temporaryDirectory('emulate');
  const seed = join(directory.path, 'seed.json');
  writeFileSync(
    seed,
    JSON.stringify({
      tokens: { [GITHUB_TOKEN]: { login: owner, scopes: ['repo'] } },
      github: {
        users: [{ login: owner }],
        repos: [{ owner, name, auto_init: true }],
        ...(application !== undefined && {
          oauth_apps: [
            {
              ...{ client_id: application.clientId, client_secret: application.clientSecret, name: 'pikoci' },
              redirect_uris: [application.callback],
            },
          ],
        }),
      },
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
  const hooks: { url: string; secret: string; events: readonly string[] }[] = [];
  /** Those that somebody got by agreeing. */
  const known = new Set([GITHUB_TOKEN]);
  const emulate = `http://127.0.0.1:${port}`;
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
      if (!(await isKnown(request.headers.get('authorization')?.replace(/^Bearer /, '') ?? ''))) {
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
      const body = request.method === 'GET' ? undefined : await request.text();
      if (request.method === 'POST' && /^\/repos\/[^/]+\/[^/]+\/hooks$/.test(url.pathname)) {
        const { config, events } = JSON.parse(body ?? '{}') as { config: { url: string; secret: string }; events: [] };
        hooks.push({ url: config.url, secret: config.secret, events });
      }
      const answer = await fetch(emulate + url.pathname + url.search, {
        method: request.method,
        headers: request.headers,
        ...(body !== undefined && { body }),
      });
      return withCloneUrl(answer);
    },
  });

  async function isKnown(token: string): Promise<boolean> {
    if (known.has(token)) return true;
    const { ok } = await fetch(`${emulate}/user`, { headers: { authorization: `Bearer ${token}` } });
    if (ok && application !== undefined) known.add(token);
    return known.has(token);
  }

  /** `emulate` serves no git: its repositories are cloned from the real one. */
  async function withCloneUrl(answer: Response): Promise<Response> {
    if (answer.headers.get('content-type')?.includes('json') !== true) return answer;
    const text = (await answer.text()).replaceAll(/"clone_url":\s*"[^"]*"/g, `"clone_url":${JSON.stringify(real.url)}`);
    const headers = new Headers(answer.headers);
    for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name);
    return new Response(text, { status: answer.status, headers });
  }

  async function push(branch: string, commit: string): Promise<Response> {
    const hook = hooks.at(-1);
    if (hook === undefined) throw new Error(`${fullName} has no webhook`);
    const asked = await fetch(`http://127.0.0.1:${server.port}/repos/${fullName}`, {
      headers: { authorization: `Bearer ${GITHUB_TOKEN}` },
    });
    const person = { name: owner, email: `${owner}@example.com`, username: owner };
    const message = await real.git('log', '-1', '--format=%B', commit);
    const body = JSON.stringify({
      ...{ ref: `refs/heads/${branch}`, before: '0'.repeat(40), after: commit, forced: false, deleted: false },
      head_commit: { id: commit, message: message.trim(), author: person, committer: person },
      repository: await asked.json(),
      sender: { login: owner, id: 1 },
    });
    return fetch(hook.url, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', 'x-github-event': 'push' },
        'x-github-delivery': crypto.randomUUID(),
        'x-hub-signature-256': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}`,
      },
      body,
    });
  }
  return {
    url: `http://127.0.0.1:${server.port}`,
    token: GITHUB_TOKEN,
    statuses,
    requests,
    failWith(status) {
      failure = status;
    },
    webUrl: emulate,
    hooks,
    push,
    ask: async (path) => (await fetch(emulate + path, { headers: { authorization: `Bearer ${GITHUB_TOKEN}` } })).json(),
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      child.kill();
      await ended;
      await directory[Symbol.asyncDispose]();
    },
  };
}
