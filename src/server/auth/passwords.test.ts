import { expect, test } from 'bun:test';
import { apiOf } from '../api-calls.fixture.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

const PASSWORD = 'correct horse battery';

const signIn = (world: TestServer, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  world.fetch(
    new Request('http://ci.test/auth/password', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );

test('name and password sign in; a wrong one does not, and neither does a name that is not there', async () => {
  await using world = await startTestServer({});
  const admin = apiOf(world);
  await admin.call('createUser', {}, { body: { name: 'ada', password: PASSWORD } });
  const good = await signIn(world, { name: 'ada', password: PASSWORD });
  expect([good.status, await good.json()]).toEqual([200, { name: 'ada' }]);
  const cookie = good.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^pikoci_[0-9a-f]{8}=.+; HttpOnly; SameSite=Lax$/);
  const session = await apiOf(world, { cookie: cookie.split(';')[0] ?? '' }).call('session', {});
  expect(session).toMatchObject({ name: 'ada', signedIn: true, admin: false, role: 'public', teams: [] });
  const answers = [];
  for (const body of [
    { name: 'ada', password: 'something else' },
    { name: 'nobody', password: PASSWORD },
    { name: 'admin', password: '' },
    { name: 'ada' },
    null,
  ]) {
    const bad = await signIn(world, body);
    answers.push([bad.status, ((await bad.json()) as { code: string }).code, bad.headers.get('set-cookie')]);
  }
  expect(answers).toEqual([
    [401, 'auth.bad_credentials', null],
    [401, 'auth.bad_credentials', null],
    [400, 'api.bad_request', null],
    [400, 'api.bad_request', null],
    [400, 'api.bad_request', null],
  ]);
  const form = await signIn(world, { name: 'ada', password: PASSWORD }, { 'content-type': 'text/plain' });
  expect(form.status).toBe(400);
});

test('guessing passwords is slowed down before they are looked at', async () => {
  await using world = await startTestServer({});
  for (let tries = 0; tries < 20; tries += 1) await signIn(world, { name: 'nobody', password: 'x'.repeat(201) });
  expect((await signIn(world, { name: 'nobody', password: 'x' })).status).toBe(429);
});

test('one changes the own password with the current one; the other sessions end', async () => {
  await using world = await startTestServer({});
  await apiOf(world).call('createUser', {}, { body: { name: 'ada', password: PASSWORD } });
  const browser = async (password: string) => {
    const answer = await signIn(world, { name: 'ada', password });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { csrf = '' } = await apiOf(world, { cookie }).call('session', {});
    return apiOf(world, { cookie, 'pikoci-csrf': csrf });
  };
  const here = await browser(PASSWORD);
  const there = await browser(PASSWORD);
  expect(await here.call('listOwnSessions', {})).toMatchObject([{ current: false }, { current: true }]);
  const change = (body: object) => here.ask('PUT', '/session/password', body);
  expect((await change({ password: 'another long one' })).status).toBe(401);
  expect((await change({ current: PASSWORD, password: 'short' })).body).toMatchObject({ code: 'auth.bad_password' });
  expect((await change({ current: PASSWORD, password: 'another long one' })).status).toBe(204);
  expect(await there.call('session', {})).toMatchObject({ signedIn: false });
  expect(await here.call('session', {})).toMatchObject({ signedIn: true });
  expect((await signIn(world, { name: 'ada', password: PASSWORD })).status).toBe(401);
  const { items } = await apiOf(world).call('listAudit', {}, { query: { action: 'signIn' } });
  expect(items.map(({ actor, detail }) => [actor, detail.how])).toEqual([
    ['ada', 'a password'],
    ['ada', 'a password'],
  ]);
});
