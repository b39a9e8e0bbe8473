import { describe, expect, test } from 'bun:test';
import { type DeliveryId, newId, type RepositoryId } from '../../lib/ids.ts';
import type { RouteDefinition } from '../../protocol/route.ts';
import { API_BASE, type RouteName, routes } from '../../protocol/routes.ts';
import { job, model, resource, some, task } from '../../store/contract/world.ts';
import { type ApiCalls, apiOf, bundleOf } from '../api-calls.fixture.ts';
import { asRole, p } from '../pipelines/revisions.fixture.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';
import { ROUTE_ROLES, type RouteNeeds } from './route-roles.ts';

const pipelines = { app: model([resource('src')], [job('manual', [task('1')])]) };

/** Bodies with which a route understands a request. */
const BODIES: Readonly<Record<string, unknown>> = {
  setPipeline: bundleOf('app'),
  planPipeline: bundleOf('app'),
  restoreRevision: {},
  setTeamSecret: { value: 'x' },
  setPipelineSecret: { value: 'x' },
  pinVersion: { version: { ref: 'a' } },
  disableVersion: { version: { ref: 'a' } },
  enableVersion: { version: { ref: 'a' } },
  setMember: { role: 'admin' },
  createUser: { name: 'mallory', admin: true },
  changeUser: { admin: true },
  setUserPassword: { password: 'taken over by me' },
  setPassword: { password: 'a new one of mine' },
  createToken: { name: 'x' },
  createTeam: { name: 'mine' },
  setProvider: { kind: 'github', clientId: 'mine', clientSecret: 'mine' },
  linkIdentity: {},
  activateRepository: { provider: 'github', repository: 'ada/app', team: 'main' },
  changeRepository: { options: {} },
};

const QUERIES: Readonly<Record<string, string>> = { streams: '?of=feed', downloadArtifactFile: '?path=x' };

async function everyRoute(
  world: TestServer,
): Promise<readonly { name: RouteName; ask: (api: ApiCalls) => Promise<number> }[]> {
  const api = apiOf(world);
  await api.call('setPipeline', p, { body: bundleOf('app') });
  const { id: build } = await api.call('triggerJob', { ...p, job: 'manual' });
  const { id: pipelineId } = some(await world.store.findPipeline('main', 'p'));
  const { id: resourceId } = some((await world.store.listResources(pipelineId))[0]);
  const now = Date.now();
  const { id: check } = await world.store.requestCheck({ resourceId, now, nextCheckAt: now + 60_000 });
  const { repository, delivery } = await repositoryOf(world);
  const params: Readonly<Record<string, string>> = {
    ...{ repository, delivery },
    ...p,
    ...{ job: 'manual', build, number: '1', address: 'git.src', revision: '1', check, step: '1' },
    ...{ user: 'admin', name: 'x', secret: 'x', token: 'x', session: 'x', version: 'x', path: 'x' },
  };
  return (Object.entries(routes) as [RouteName, RouteDefinition][]).map(([name, route]) => {
    const path = route.path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(params[part] ?? 'x'));
    const query = QUERIES[name] ?? '';
    const ask = async (who: ApiCalls): Promise<number> => {
      const response = await who.send(route.method.toUpperCase(), path + query, BODIES[name], { 'if-match': '*' });
      await response.body?.cancel();
      return response.status;
    };
    return { name, ask };
  });
}

/** One that is switched off: what is asked about it asks nothing of a forge. */
async function repositoryOf({ store }: TestServer): Promise<{ repository: RepositoryId; delivery: DeliveryId }> {
  const [id, delivery] = [newId<RepositoryId>(), newId<DeliveryId>()];
  const { id: teamId } = await store.ensureTeam('main');
  await store.createRepository({
    ...{ id, provider: 'github', forgeId: id, fullName: 'ada/app', private: true, defaultBranch: 'main', teamId },
    ...{ cloneUrl: 'https://forge.test/a.git', webUrl: 'https://forge.test/a', pipeline: 'a', activatedBy: undefined },
    ...{ activatedAt: 0, hookId: undefined, sealedSecret: '', active: false, syncedAt: 0, trouble: undefined },
    options: { pullRequests: 'none' },
  });
  const body = new TextEncoder().encode('{}');
  const common = { deliveryId: 'd', digest: undefined, event: 'ping', receivedAt: 0, body };
  await store.saveDeliveries([{ id: delivery, repositoryId: id, ...common }]);
  return { repository: id, delivery };
}

/** About the server, or a list of what one sees, for whoever has a role in some team. */
const FOR_READERS_ANYWHERE: ReadonlySet<RouteName> = new Set([
  'info',
  'listWorkers',
  'listServers',
  'retention',
  'listRepositories',
]);

const RANKS: readonly RouteNeeds[] = ['public', 'read', 'write', 'maintain', 'admin', 'server'];
const rank = (needs: RouteNeeds): number => RANKS.indexOf(needs);
/** Answers that say nothing of what there is: who asks may do it, or what is asked for is not there or not as it must be. */
const LETS_IN = (status: number): boolean => status !== 401 && status !== 403;
/** Only lists of what one sees, and what is one's own. */
const FOR_ALL: ReadonlySet<RouteName> = new Set([
  'session',
  'endSession',
  'feed',
  'streams',
  'listTeams',
  'listSignInChoices',
  'listPipelines',
  'listBuilds',
]);

describe('each route is for whom the table says', () => {
  test('nobody who is not signed in', async () => {
    await using world = await startTestServer(pipelines);
    const visitor = apiOf(world, {});
    for (const { name, ask } of await everyRoute(world)) {
      expect([name, await ask(visitor)]).toEqual([name, FOR_ALL.has(name) ? expect.any(Number) : 401]);
    }
  });

  test('a user without a role sees nothing of a team', async () => {
    await using world = await startTestServer(pipelines);
    const stranger = await asRole(world, 'admin', 'other');
    for (const { name, ask } of await everyRoute(world)) {
      const needs = ROUTE_ROLES[name];
      if (needs === 'user' || FOR_ALL.has(name)) continue;
      const status = await ask(stranger);
      const path = (routes[name] as RouteDefinition).path;
      if (needs === 'server') expect([name, status]).toEqual([name, 403]);
      else if (/\{(team|build|check|repository|delivery)\}/.test(path)) expect([name, status]).toEqual([name, 404]);
      else expect([name, status < 500]).toEqual([name, true]);
    }
    expect(await stranger.call('listPipelines', {})).toEqual([]);
    expect((await stranger.call('listBuilds', {})).items).toEqual([]);
    expect(await stranger.call('listTeams', {})).toEqual([{ name: 'other' }]);
  });

  test.each(['read', 'write', 'maintain', 'admin'] as const)('a member who has the role %s', async (role) => {
    await using world = await startTestServer(pipelines);
    const member = await asRole(world, role);
    for (const { name, ask } of await everyRoute(world)) {
      const needs = ROUTE_ROLES[name];
      if (needs === 'user' || FOR_ALL.has(name)) continue;
      if (rank(needs) > rank(role)) expect([name, await ask(member)]).toEqual([name, 403]);
    }
    // What one may do is asked behind what one may not, for it takes things away.
    for (const { name, ask } of await everyRoute(world)) {
      if (ROUTE_ROLES[name] === 'user' || rank(ROUTE_ROLES[name]) > rank(role) || name === 'endSession') continue;
      const status = await ask(member);
      expect([name, status, LETS_IN(status)]).toEqual([name, status, true]);
      if (name === 'deletePipeline') await apiOf(world).call('setPipeline', p, { body: bundleOf('app') });
    }
  });

  test('everybody looks at a pipeline that was shown to everybody, and does nothing', async () => {
    await using world = await startTestServer(pipelines);
    const all = await everyRoute(world);
    expect(await apiOf(world).call('exposePipeline', p)).toMatchObject({ public: true });
    for (const visitor of [apiOf(world, {}), await asRole(world, 'admin', 'other')]) {
      for (const { name, ask } of all) {
        const needs = ROUTE_ROLES[name];
        if (needs === 'user' || FOR_ALL.has(name)) continue;
        const status = await ask(visitor);
        if (needs === 'public') expect([name, LETS_IN(status)]).toEqual([name, true]);
        else if (!FOR_READERS_ANYWHERE.has(name)) {
          expect([name, [401, 403, 404].includes(status)]).toEqual([name, true]);
        }
      }
      expect(await visitor.call('listPipelines', {})).toMatchObject([{ name: 'p' }]);
      expect((await visitor.call('listBuilds', {})).items).toHaveLength(1);
    }
    await apiOf(world).call('hidePipeline', p);
    expect(await apiOf(world, {}).call('listPipelines', {})).toEqual([]);
  });
});

describe('tokens', () => {
  /** A user with a role in two teams, and a token of theirs. */
  async function withToken(world: TestServer, body: { role?: 'read' }): Promise<ApiCalls> {
    const person = await asRole(world, 'maintain');
    const { token } = await person.call('createToken', {}, { body: { name: 'ci', ...body } });
    expect(token).toMatch(/^pko_/);
    return apiOf(world, { authorization: `Bearer ${token}` });
  }

  test('do what their user may, no more than they say, and nothing in other teams', async () => {
    await using world = await startTestServer(pipelines);
    await apiOf(world).call('setPipeline', p, { body: bundleOf('app') });
    const full = await withToken(world, {});
    expect(await full.ask('POST', '/teams/main/pipelines/p/pause')).toMatchObject({ status: 200 });
    const reader = await withToken(world, { role: 'read' });
    expect(await reader.ask('GET', '/teams/main/pipelines/p')).toMatchObject({ status: 200 });
    expect(await reader.ask('POST', '/teams/main/pipelines/p/pause')).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('read with this token') },
    });
    await world.store.ensureTeam('other');
    const elsewhere = await asRole(world, 'admin', 'other');
    const { token } = await elsewhere.call('createToken', {}, { body: { name: 'x', team: 'other' } });
    const limited = apiOf(world, { authorization: `Bearer ${token}` });
    expect((await limited.ask('GET', '/teams/main/pipelines/p')).status).toBe(404);
    expect(await elsewhere.ask('POST', '/session/tokens', { name: 'x', team: 'main' })).toMatchObject({ status: 404 });
  });

  test("a server administrator's token with a limit is none of an administrator", async () => {
    await using world = await startTestServer(pipelines);
    await world.server.firstAdmin(undefined);
    const link = new URL(await world.server.oneTimeLink());
    const signedIn = await world.fetch(
      new Request(`http://ci.test${link.pathname}${link.search}`, { redirect: 'manual' }),
    );
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { csrf = '' } = await apiOf(world, { cookie }).call('session', {});
    const admin = apiOf(world, { cookie, 'pikoci-csrf': csrf });
    expect((await admin.ask('GET', '/users')).status).toBe(200);
    const { token } = await admin.call('createToken', {}, { body: { name: 'x', role: 'write' } });
    const limited = apiOf(world, { authorization: `Bearer ${token}` });
    expect(await limited.ask('GET', '/users')).toMatchObject({
      status: 403,
      body: { hint: expect.stringContaining('limited') },
    });
    expect((await limited.ask('GET', '/teams/main/secrets')).status).toBe(200);
    expect((await limited.ask('PUT', '/teams/main/secrets/x', { value: 'x' })).status).toBe(403);
    // A token that leaked makes no other one, and no password.
    expect((await limited.ask('POST', '/session/tokens', { name: 'y' })).status).toBe(403);
    expect((await limited.ask('PUT', '/session/password', { password: 'taken over by me' })).status).toBe(403);
  });

  test('are listed with their use, and end at once when they are revoked, or their user is disabled', async () => {
    await using world = await startTestServer(pipelines);
    const admin = apiOf(world);
    const person = await asRole(world, 'read');
    const { token, id } = await person.call('createToken', {}, { body: { name: 'ci', expiresIn: 3_600 } });
    const bearer = apiOf(world, { authorization: `Bearer ${token}` });
    expect((await bearer.ask('GET', '/info')).status).toBe(200);
    const { items } = await admin.call('listTokens', {});
    expect(items).toMatchObject([{ id, name: 'ci', lastUsedAt: expect.any(Number), expiresAt: expect.any(Number) }]);
    expect(JSON.stringify(items)).not.toContain(token);
    await admin.ask('PUT', `/users/${items[0]?.user}`, { disabled: true });
    expect((await bearer.ask('GET', '/info')).status).toBe(401);
    await admin.ask('PUT', `/users/${items[0]?.user}`, { disabled: false });
    expect((await bearer.ask('GET', '/info')).status).toBe(200);
    expect((await admin.ask('DELETE', `/tokens/${id}`)).status).toBe(204);
    expect((await bearer.ask('GET', '/info')).status).toBe(401);
  });
});

test('a stream ends when its reader may not read it any more', async () => {
  await using world = await startTestServer(pipelines, { rightsEveryMs: 20 });
  const person = await asRole(world, 'read');
  const feed = await person.send('GET', '/feed');
  const [user] = (await apiOf(world).call('listUsers', {})).items.filter(({ name }) => name.startsWith('rita'));
  await apiOf(world).ask('PUT', `/teams/main/members/${user?.name}`, { role: 'write' });
  const reader = feed.body?.getReader();
  for (let done = false; !done; ) done = (await reader?.read())?.done ?? true;
  expect(API_BASE).toBe('/api/v1');
});

test('what was changed stands in the audit log, with who, from where and why', async () => {
  await using world = await startTestServer(pipelines);
  const admin = apiOf(world);
  await admin.call('setPipeline', p, { body: bundleOf('app') });
  const person = await asRole(world, 'write');
  await person.ask('POST', '/teams/main/pipelines/p/jobs/manual/pause', { reason: 'it is late' });
  await person.ask('PUT', '/teams/main/secrets/x', { value: 'secret' });
  const { items } = await admin.call('listTeamAudit', { team: 'main' });
  expect(items).toMatchObject([
    {
      actor: expect.stringMatching(/^rita/),
      action: 'pauseJob',
      target: 'job p/manual',
      address: '127.0.0.1',
      detail: { reason: 'it is late' },
    },
    { actor: 'admin', action: 'setPipeline', target: 'team main' },
  ]);
});
