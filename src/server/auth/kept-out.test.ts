/** How people are kept out: what no other test beside this one shows. */
import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { job, model, some, task } from '../../store/contract/world.ts';
import { createSqliteStore } from '../../store/sql/sqlite/sqlite-store.ts';
import { type ApiCalls, apiOf, bundleOf } from '../api-calls.fixture.ts';
import { asRole } from '../pipelines/revisions.fixture.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';
import { makeFirstAdmin } from '../users/first-admin.ts';
import { createPasswords } from './passwords.ts';

const pipelines = { app: model([], [job('manual', [task('1')])]) };
const PASSWORD = 'correct horse battery';
const DAY = 86_400_000;

const root = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rmSync(root, { recursive: true }));

const send = (world: TestServer, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  world.fetch(new Request(`http://ci.test${path}`, { method, headers }));

async function browserOf(world: TestServer, name: string): Promise<{ cookie: string; link: string; api: ApiCalls }> {
  const { url: link } = await apiOf(world).call('createSignInLink', { user: name });
  const { pathname, search } = new URL(link);
  const answer = await send(world, pathname + search);
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { csrf = '' } = await apiOf(world, { cookie }).call('session', {});
  return { cookie, link, api: apiOf(world, { cookie, 'pikoci-csrf': csrf }) };
}

test('a first start has no password that anybody could know', async () => {
  const store = createSqliteStore({ path: ':memory:', clock: systemClock });
  await store.migrate();
  const passwords = createPasswords(store);
  await makeFirstAdmin({ store, clock: systemClock, passwords }, undefined);
  expect((await store.findUser('admin'))?.hasPassword).toBe(false);
  expect(await store.passwordOf('admin')).toBeUndefined();
  for (const guess of ['', 'admin']) expect(await passwords.check('admin', guess)).toBeUndefined();
  await store.close();
});

test('a password is kept as argon2id, and looking takes as long for whoever is not there', async () => {
  const store = createSqliteStore({ path: ':memory:', clock: systemClock });
  await store.migrate();
  const passwords = createPasswords(store);
  const passwordHash = await passwords.hash(PASSWORD);
  expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=65536,t=2,p=1\$/);
  await store.createUser({ name: 'ada', passwordHash, now: 1 });
  await store.createUser({ name: 'none', now: 1 });
  const gone = await store.createUser({ name: 'gone', passwordHash, now: 1 });
  await store.changeUser(gone.id, { disabled: { at: 1 } });
  await passwords.check('nobody', 'x');
  // The quickest of a few, taken in turn: what else the machine does only makes them slower.
  const quickest: Record<string, number> = {};
  for (let tries = 0; tries < 3; tries++) {
    for (const name of ['ada', 'nobody', 'none', 'gone']) {
      const begun = performance.now();
      expect(await passwords.check(name, 'not the one')).toBeUndefined();
      quickest[name] = Math.min(quickest[name] ?? Number.POSITIVE_INFINITY, performance.now() - begun);
    }
  }
  const { ada = 0, ...others } = quickest;
  // Without the work they would be a hundred times quicker.
  for (const [name, taken] of Object.entries(others)) expect([name, taken > ada / 3]).toEqual([name, true]);
  await store.close();
});

test('guessing tokens is slowed down, by address, and nobody who has one is', async () => {
  const at = Date.now();
  await using world = await startTestServer(pipelines, {}, ':memory:', { clock: { now: () => at } });
  const ask = (token: string, remoteAddress: string) =>
    world.server.fetch(new Request('http://ci.test/api/v1/info', { headers: { authorization: `Bearer ${token}` } }), {
      remoteAddress,
    });
  const statuses: number[] = [];
  for (let tried = 0; tried < 22; tried++) statuses.push((await ask(`pko_${tried}`, '192.0.2.1')).status);
  expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
  expect((await ask('pko_x', '192.0.2.2')).status).toBe(401);
  expect((await ask(world.token, '192.0.2.1')).status).toBe(200);
});

test('what a body names does not count where the path names something', async () => {
  await using world = await startTestServer(pipelines);
  await apiOf(world).call('setPipeline', { team: 'main', pipeline: 'p' }, { body: bundleOf('app') });
  const blue = await asRole(world, 'admin', 'blue');
  const body = { ...bundleOf('app'), team: 'main', pipeline: 'p', name: 'p' };
  await blue.ask('PUT', '/teams/blue/pipelines/mine', body);
  await blue.ask('PUT', '/teams/blue/secrets/x', { value: 'v', team: 'main' });
  await blue.ask('PUT', '/teams/blue/members/admin', { role: 'read', team: 'main' });
  expect((await world.store.listPipelines('main')).map(({ name }) => name)).toEqual(['p']);
  expect((await world.store.findPipeline('main', 'p'))?.revision).toBe(1);
  const main = await world.store.ensureTeam('main');
  expect(await world.store.listSecrets({ teamId: main.id })).toEqual([]);
  expect(await world.store.listMembers(main.id)).toEqual([]);
  // Nor does a job or build of theirs become one's own under one's own team.
  const { id } = await apiOf(world).call('triggerJob', { team: 'main', pipeline: 'p', job: 'manual' });
  expect((await blue.ask('GET', `/builds/${id}`)).status).toBe(404);
  expect((await blue.ask('POST', `/builds/${id}/cancel`)).status).toBe(404);
  expect((await blue.ask('POST', '/teams/blue/pipelines/p/jobs/manual/builds')).status).toBe(404);
});

test('a cookie of a session is for TLS alone behind TLS, and for this server alone', async () => {
  await using world = await startTestServer(pipelines);
  for (const [headers, secure] of [
    [{ 'x-forwarded-proto': 'https' }, true],
    [{}, false],
  ] as const) {
    const { pathname, search } = new URL(await world.server.oneTimeLink());
    const cookie = (await send(world, pathname + search, { ...headers })).headers.get('set-cookie') ?? '';
    expect([cookie.includes('HttpOnly'), cookie.includes('SameSite=Lax'), cookie.includes('Secure')]).toEqual([
      ...[true, true, secure],
    ]);
    expect(cookie).toContain('Path=/');
    expect(cookie).not.toContain('Domain');
  }
});

test('sessions, tokens and links end at their time', async () => {
  let now = Date.now();
  await using world = await startTestServer(pipelines, {}, ':memory:', { clock: { now: () => now } });
  await apiOf(world).call('createUser', {}, { body: { name: 'ada' } });
  const { api, cookie } = await browserOf(world, 'ada');
  const { token } = await api.call('createToken', {}, { body: { name: 'x', expiresIn: 3_600 } });
  const { url } = await apiOf(world).call('createSignInLink', { user: 'ada' });
  const bearer = { authorization: `Bearer ${token}` };
  const isKnown = async (headers: Record<string, string>) =>
    (await send(world, '/api/v1/session/tokens', headers)).status;
  now += 3_599_000;
  expect([await isKnown(bearer), await isKnown({ cookie })]).toEqual([200, 200]);
  now += 1_000;
  expect([await isKnown(bearer), await isKnown({ cookie })]).toEqual([401, 200]);
  now += DAY;
  expect((await send(world, new URL(url).pathname + new URL(url).search)).status).toBe(401);
  now += 29 * DAY;
  expect(await isKnown({ cookie })).toBe(401);
});

test('of what signs somebody in, the database has hashes or sealed values alone', async () => {
  const path = join(root, 'kept.db');
  const secrets: string[] = [PASSWORD, 'the secret of a client', 'access of a forge', 'refresh of a forge'];
  {
    await using world = await startTestServer(pipelines, {}, path);
    const admin = apiOf(world);
    await admin.call('createUser', {}, { body: { name: 'ada', password: PASSWORD } });
    const { api, cookie, link } = await browserOf(world, 'ada');
    const { token } = await api.call('createToken', {}, { body: { name: 'x' } });
    const fresh = await admin.call('createSignInLink', { user: 'ada' });
    const linkToken = (url: string) => new URL(url).searchParams.get('token') ?? '';
    secrets.push(cookie.split('=')[1] ?? '', token, linkToken(link), linkToken(fresh.url));
    await admin.call(
      'setProvider',
      { provider: 'github' },
      {
        body: {
          kind: 'github',
          url: 'https://git.test',
          clientId: 'id of a client',
          clientSecret: 'the secret of a client',
        },
      },
    );
    const { id } = some(await world.store.findUser('ada'));
    const grant = { accessToken: 'access of a forge', refreshToken: 'refresh of a forge', expiresInMs: 1, scopes: [] };
    await world.server.forges.keep(id, 'github', grant);
    const start = await send(world, '/auth/start/github');
    const challenge = new URL(start.headers.get('location') ?? '');
    const browser = start.headers.get('set-cookie')?.split(';')[0]?.split('=')[1] ?? '';
    secrets.push(challenge.searchParams.get('state') ?? '', browser);
    const terminal = await world.fetch(
      new Request('http://ci.test/auth/terminal', {
        ...{ method: 'POST', body: '{"name":"x"}', headers: { 'content-type': 'application/json' } },
      }),
    );
    const asked = (await terminal.json()) as { secret: string; code: string };
    secrets.push(asked.secret, asked.code, asked.code.replace('-', ''));
  }
  const files = readdirSync(root).filter((name) => name.startsWith('kept.db'));
  const bytes = files.map((name) => readFileSync(join(root, name)).toString('latin1')).join('\n');
  expect(bytes).toContain('id of a client');
  expect(secrets.every((secret) => secret.length >= 8)).toBe(true);
  expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([]);
});
