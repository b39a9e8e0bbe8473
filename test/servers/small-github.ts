/**
 * As much of GitHub as a server asks of it, on loopback and quick: one person who signs in without being asked, and repositories that have a few
 * files at every commit. What it sends is signed by `push`.
 */
import { createHmac } from 'node:crypto';

export interface SmallGithub extends AsyncDisposable {
  readonly url: string;
  /** By the full name of a repository: where it was told to send, and what to sign with. */
  readonly hooks: ReadonlyMap<string, { readonly url: string; readonly secret: string }>;
  /** A signed push of this commit, ready to be sent. */
  push(fullName: string, commit: string, more?: { readonly delivery?: string; readonly branch?: string }): Request;
}

/** A file for `--providers`; beside it stands another one, `github-secret`. */
export const smallGithubProvider = (url: string): string =>
  JSON.stringify({
    providers: {
      github: {
        kind: 'github',
        url,
        api_url: url,
        client_id: 'client',
        client_secret_file: 'github-secret',
        register: true,
      },
    },
  });

export function startSmallGithub(
  repositories: readonly string[],
  files: Readonly<Record<string, string>> = { Dockerfile: 'FROM scratch\n' },
): SmallGithub {
  const hooks = new Map<string, { url: string; secret: string }>();
  const login = 'ada';
  let url = '';

  const repositoryOf = (fullName: string) => ({
    id: repositories.indexOf(fullName) + 1_000,
    ...{ name: fullName.split('/')[1], full_name: fullName, private: false, default_branch: 'main', archived: false },
    ...{ clone_url: `${url}/${fullName}.git`, html_url: `${url}/${fullName}`, permissions: { admin: true } },
    ...{ description: 'small', pushed_at: '2026-01-01T00:00:00Z', owner: { login } },
  });
  const hookOf = (id: number, hook: { url: string }) => ({
    ...{ id, name: 'web', active: true, events: ['push', 'pull_request', 'create', 'merge_group'] },
    config: { url: hook.url, content_type: 'json', insecure_ssl: '0' },
  });
  const missing = () => Response.json({ message: 'Not Found' }, { status: 404 });

  async function ofRepository(fullName: string, rest: string, request: Request): Promise<Response> {
    const repository = repositoryOf(fullName);
    if (rest === '') return Response.json(repository);
    if (rest === '/hooks' && request.method === 'POST') {
      const { config } = (await request.json()) as { config: { url: string; secret: string } };
      hooks.set(fullName, config);
      return Response.json(hookOf(repository.id, config), { status: 201 });
    }
    const hook = hooks.get(fullName);
    if (rest === '/hooks') return Response.json(hook === undefined ? [] : [hookOf(repository.id, hook)]);
    if (rest.startsWith('/hooks/') && request.method === 'DELETE') {
      hooks.delete(fullName);
      return new Response(null, { status: 204 });
    }
    if (rest.startsWith('/hooks/')) return hook === undefined ? missing() : Response.json(hookOf(repository.id, hook));
    const [, path] = /^\/contents\/(.*)$/.exec(rest) ?? [];
    if (path !== undefined) {
      const text = files[decodeURIComponent(path)];
      if (text === undefined) return missing();
      return Response.json({ type: 'file', encoding: 'base64', content: Buffer.from(text).toString('base64') });
    }
    const [, commit] = /^\/commits\/([^/]+)$/.exec(rest) ?? [];
    if (commit !== undefined) {
      const sha = /^[0-9a-f]{40}$/.test(commit) ? commit : 'f'.repeat(40);
      return Response.json({ sha, commit: { message: 'a commit', author: { name: login } }, author: { login } });
    }
    if (rest.startsWith('/git/trees/')) {
      return Response.json({ tree: Object.keys(files).map((path) => ({ path, type: 'blob' })) });
    }
    if (rest.startsWith('/statuses/') || rest.startsWith('/check-runs')) {
      await request.text();
      return Response.json({ id: 1 }, { status: 201 });
    }
    return missing();
  }

  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === '/login/oauth/authorize') {
        const back = new URL(searchParams.get('redirect_uri') ?? url);
        back.searchParams.set('code', 'code');
        back.searchParams.set('state', searchParams.get('state') ?? '');
        return Response.redirect(back.href, 302);
      }
      if (pathname === '/login/oauth/access_token') {
        return Response.json({ access_token: 'token', token_type: 'bearer', scope: 'repo' });
      }
      if (pathname === '/user') return Response.json({ id: 1, login, name: 'Ada' });
      if (pathname === '/user/emails') return Response.json([]);
      if (pathname === '/user/repos') {
        const page = Number(searchParams.get('page') ?? 1);
        return Response.json(repositories.slice((page - 1) * 100, page * 100).map(repositoryOf));
      }
      const [, id] = /^\/repositories\/(\d+)$/.exec(pathname) ?? [];
      const byId = id === undefined ? undefined : repositories[Number(id) - 1_000];
      if (byId !== undefined) return Response.json(repositoryOf(byId));
      const [, fullName = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(pathname) ?? [];
      return repositories.includes(fullName) ? ofRepository(fullName, rest, request) : missing();
    },
  });
  url = `http://127.0.0.1:${server.port}`;

  return {
    ...{ url, hooks },
    push(fullName, commit, { delivery = crypto.randomUUID(), branch = 'main' } = {}) {
      const hook = hooks.get(fullName);
      if (hook === undefined) throw new Error(`${fullName} has no webhook`);
      const person = { name: 'Ada', email: 'ada@example.test', username: login };
      const body = JSON.stringify({
        ...{ ref: `refs/heads/${branch}`, before: '0'.repeat(40), after: commit, forced: false, commits: [] },
        head_commit: { id: commit, message: `commit ${commit}`, author: person, committer: person },
        repository: repositoryOf(fullName),
        sender: { login, id: 1 },
        // About as much as GitHub sends.
        padding: 'x'.repeat(6_000),
      });
      return new Request(hook.url, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': delivery },
          'x-hub-signature-256': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}`,
        },
        body,
      });
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** Signs the person of that GitHub in, and gives the cookie of their session and its token against forgery. */
export async function signInWithSmallGithub(serverUrl: string): Promise<{ cookie: string; csrf: string }> {
  const jar = new Map<string, string>();
  const cookie = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  let next = `${serverUrl}/auth/start/github?access=all`;
  for (let hops = 0; hops < 6; hops++) {
    const own = next.startsWith(serverUrl);
    const answer = await fetch(next, { redirect: 'manual', ...(own && { headers: { cookie: cookie() } }) });
    await answer.arrayBuffer();
    for (const line of own ? answer.headers.getSetCookie() : []) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/);
      jar.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) break;
    next = new URL(location, next).href;
  }
  const session = await fetch(`${serverUrl}/api/v1/session`, { headers: { cookie: cookie() } });
  const { csrf, signedIn } = (await session.json()) as { csrf?: string; signedIn: boolean };
  if (!signedIn || csrf === undefined) throw new Error(`signing in ended at ${next}`);
  return { cookie: cookie(), csrf };
}
