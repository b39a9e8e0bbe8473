/** A server with GitHub, emulated: ada administers repositories there and is signed in, bob works on one of hers, and carol has not signed in there. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEmulator, type Emulator } from 'emulate';
import { openForge } from '../../integrations/open-forge.ts';
import { systemClock } from '../../lib/clock.ts';
import type { UserId } from '../../lib/ids.ts';
import { findFreePort } from '../../lib/system/free-port.ts';
import type { EventOutcome } from '../../protocol/repositories.ts';
import type { Role } from '../../store/identity-store.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import { type ApiCalls, apiOf } from '../api-calls.fixture.ts';
import { createSessions } from '../auth/sessions.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

export interface GithubWorld extends AsyncDisposable {
  readonly world: TestServer;
  readonly github: Emulator;
  readonly ada: ApiCalls;
  readonly bob: ApiCalls;
  readonly carol: ApiCalls;
  /** What was told to what makes builds. */
  readonly told: string[];
  /** Asks GitHub itself, as ada. */
  asked(method: string, path: string, body?: unknown): Promise<Response>;
}

export interface GithubWorldOptions {
  readonly repositories?: readonly { owner: string; name: string; private?: boolean; auto_init?: boolean }[];
  /** What making the pipeline of a repository does. */
  readonly activated?: (repository: RepositoryRecord) => Promise<EventOutcome>;
}

const TOKENS: Readonly<Record<string, string>> = { ada: 't1', bob: 't2' };

export async function startGithubWorld(options: GithubWorldOptions = {}): Promise<GithubWorld> {
  const github = await createEmulator({
    service: 'github',
    port: await findFreePort(),
    seed: {
      tokens: { t1: { login: 'ada', scopes: ['repo'] }, t2: { login: 'bob', scopes: ['repo'] } },
      github: {
        users: [{ login: 'ada' }, { login: 'bob' }],
        repos: options.repositories ?? [
          { owner: 'ada', name: 'app', auto_init: true },
          { owner: 'ada', name: 'secret-app', private: true, auto_init: true },
          { owner: 'bob', name: 'tools', auto_init: true },
        ],
      },
    },
  });
  const users = new Map<UserId, string>();
  const told: string[] = [];
  let url = '';
  const world = await startTestServer({}, { externalUrl: () => url }, ':memory:', {
    forges: {
      open: openForge,
      grants: {
        async forUser(id) {
          const token = TOKENS[users.get(id as UserId) ?? ''];
          return token === undefined ? undefined : { token, scopes: ['repo'] };
        },
        providers: () => [{ name: 'github', kind: 'github', baseUrl: github.url, apiUrl: github.url }],
      },
      builds: {
        async activated(repository) {
          told.push(`activated ${repository.fullName} as ${repository.pipeline}`);
          return options.activated?.(repository) ?? { builds: [], notes: ['the pipeline was made'] };
        },
        async buildEvent(repository, event) {
          told.push(`${event.kind} of ${repository.fullName}`);
          return { builds: [], notes: [`a ${event.kind}`] };
        },
        async deactivated({ fullName }) {
          told.push(`deactivated ${fullName}`);
        },
      },
    },
  });
  const listener = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = 'GET', headers } = request;
    const body = Buffer.concat(chunks);
    const init = { method, headers: headers as Record<string, string>, ...(method !== 'GET' && { body }) };
    const answer = await world.fetch(new Request(`${url}${request.url}`, init));
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;

  async function person(name: string, role: Role, team = 'main'): Promise<ApiCalls> {
    const { store } = world;
    const user = await store.createUser({ name, now: Date.now() });
    users.set(user.id, name);
    await store.setMember((await store.ensureTeam(team)).id, user.id, role);
    const sessions = createSessions(store, new Uint8Array(32).fill(1), systemClock);
    const cookie = await sessions.begin(user.id, { address: '127.0.0.1', agent: 'a test' });
    const csrf = (await sessions.read(cookie))?.session?.csrf ?? '';
    return apiOf(world, { cookie: `${sessions.cookieName}=${cookie}`, 'pikoci-csrf': csrf });
  }

  return {
    ...{ world, github, told },
    ...{
      ada: await person('ada', 'maintain'),
      bob: await person('bob', 'maintain'),
      carol: await person('carol', 'read'),
    },
    asked: (method, path, body) =>
      fetch(`${github.url}${path}`, {
        method,
        headers: { authorization: 'Bearer t1', 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
      await world[Symbol.asyncDispose]();
      await github.close();
    },
  };
}
