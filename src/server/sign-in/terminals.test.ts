/** Signing a terminal in by a browser. */
import { expect, test } from 'bun:test';
import { apiOf } from '../api-calls.fixture.ts';
import type { TestServer } from '../test-server.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';
import { TestBrowser } from './browser.fixture.ts';

const post = (world: TestServer, path: string, body: unknown, type = 'application/json') =>
  world.server.fetch(
    new Request(`http://ci.test${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify(body),
    }),
    { remoteAddress: '192.0.2.7' },
  );

async function asked(world: TestServer) {
  const response = await post(world, '/auth/terminal', { name: 'a laptop' });
  expect(response.status).toBe(201);
  return (await response.json()) as { code: string; secret: string; url: string };
}

async function signedIn(world: TestServer, name: string): Promise<TestBrowser> {
  await apiOf(world).call('createUser', {}, { body: { name } });
  const browser = new TestBrowser(world);
  await browser.get((await apiOf(world).call('createSignInLink', { user: name })).url);
  return browser;
}

test('whoever agrees in a browser gives the terminal a token, once', async () => {
  await using world = await startTestServer({});
  const { code, secret, url } = await asked(world);
  expect(url).toBe(`http://ci.test/sign-in/terminal?code=${code}`);
  const claim = async () => {
    const response = await post(world, '/auth/terminal/token', { secret });
    return [response.status, await response.json()];
  };
  expect(await claim()).toEqual([200, { state: 'waiting' }]);
  const browser = await signedIn(world, 'ada');
  const shown = await browser.call('GET', `/sign-in/terminals/${code.toLowerCase().replace('-', ' ')}`);
  expect(await shown.json()).toMatchObject({ name: 'a laptop', address: '192.0.2.7' });
  expect((await browser.call('POST', `/sign-in/terminals/${code}`)).status).toBe(204);
  // The code is used up by whoever agreed first.
  expect((await (await signedIn(world, 'mallory')).call('POST', `/sign-in/terminals/${code}`)).status).toBe(404);
  const [one, other] = await Promise.all([claim(), claim()]);
  const [done] = [one, other].filter(([status]) => status === 200);
  expect([one, other].filter(([status]) => status === 400)).toHaveLength(1);
  expect(done?.[1]).toMatchObject({ state: 'done', name: 'ada' });
  expect(done?.[1].token).toStartWith('pko_');
  const api = apiOf(world, { authorization: `Bearer ${done?.[1].token}` });
  expect(await api.call('session', {})).toMatchObject({ name: 'ada' });
  expect((await api.call('listOwnTokens', {})).items).toMatchObject([{ name: 'pikoci login on a laptop' }]);
  expect((await claim())[0]).toBe(400);
});

test('nobody but a person in a browser agrees, and a wrong code or secret says nothing', async () => {
  await using world = await startTestServer({});
  const { code } = await asked(world);
  const path = `/sign-in/terminals/${code}`;
  expect((await apiOf(world, {}).ask('POST', path)).status).toBe(401);
  expect((await apiOf(world).ask('POST', path)).status).toBe(409);
  const browser = await signedIn(world, 'ada');
  const forged = await browser.ask(new Request(`http://ci.test/api/v1${path}`, { method: 'POST' }));
  expect(forged.status).toBe(403);
  expect((await browser.call('GET', '/sign-in/terminals/BBBB-BBBB')).status).toBe(404);
  expect((await post(world, '/auth/terminal/token', { secret: 'x' })).status).toBe(400);
  expect((await post(world, '/auth/terminal', { name: 'x' }, 'text/plain')).status).toBe(400);
});

test('a terminal waits for ten minutes, and what was agreed is taken back by disabling the user', async () => {
  let now = Date.now();
  await using world = await startTestServer({}, {}, ':memory:', { clock: { now: () => now } });
  const late = await asked(world);
  const disabled = await asked(world);
  const browser = await signedIn(world, 'ada');
  await browser.call('POST', `/sign-in/terminals/${disabled.code}`);
  await apiOf(world).call('changeUser', { user: 'ada' }, { body: { disabled: true } });
  expect((await post(world, '/auth/terminal/token', { secret: disabled.secret })).status).toBe(400);
  await apiOf(world).call('changeUser', { user: 'ada' }, { body: { disabled: false } });
  now += 10 * 60_000;
  expect((await post(world, '/auth/terminal/token', { secret: late.secret })).status).toBe(400);
});

test('asking for many is slowed down', async () => {
  const at = Date.now();
  await using world = await startTestServer({}, {}, ':memory:', { clock: { now: () => at } });
  const statuses: number[] = [];
  for (let tried = 0; tried < 22; tried++) statuses.push((await post(world, '/auth/terminal', { name: 'x' })).status);
  expect([statuses[0], statuses.at(-1)]).toEqual([201, 429]);
});
