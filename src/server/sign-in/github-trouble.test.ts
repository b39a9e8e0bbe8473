/** What can go wrong when somebody signs in with GitHub, and what they are told. */
import { describe, expect, test } from 'bun:test';
import { some } from '../../store/contract/world.ts';
import { apiOf } from '../api-calls.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';
import { TestBrowser } from './browser.fixture.ts';
import { agree, CALLBACK, signIn, startGithubWorld } from './github-world.fixture.ts';

const START = 'http://ci.test/auth/start/github';

test('a wrong client secret is told as one, on the page and by check', async () => {
  await using all = await startGithubWorld();
  const check = () => apiOf(all.world).call('checkProvider', { provider: 'github' });
  expect(await check()).toMatchObject({ ok: true, message: expect.stringContaining('takes the client id and secret') });
  await all.set({ clientSecret: 'the wrong one' });
  expect(await check()).toMatchObject({ ok: false, message: expect.stringContaining('client id or secret') });
  const page = await signIn(all.browser(), 'octocat');
  expect(page.text).toContain('sign_in.wrong_client');
  expect(page.text).not.toContain('the wrong one');
  expect(page).toMatchObject({ status: 502, text: expect.stringContaining('does not take the client id or secret') });
});

test('a provider that does not answer, or not in time, is told as one that cannot be asked', async () => {
  await using slow = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => new Promise(() => undefined),
    idleTimeout: 0,
  });
  await using world = await startTestServer({}, { providerTimeoutMs: 200 });
  const set = (url: string, provider: string) =>
    apiOf(world).call(
      'setProvider',
      { provider },
      {
        body: { kind: 'github', url, apiUrl: url, clientId: 'x', clientSecret: 'y' },
      },
    );
  await set(`http://127.0.0.1:${slow.port}`, 'slow');
  await set('http://127.0.0.1:1', 'gone');
  for (const [provider, said] of [
    ['slow', 'did not answer within 0.2 s'],
    ['gone', 'nothing listens'],
  ] as const) {
    const browser = new TestBrowser(world);
    const asked = await browser.ask(new Request(`http://ci.test/auth/start/${provider}`));
    const state = new URL(some(asked.headers.get('location') ?? undefined)).searchParams.get('state');
    const page = await browser.get(`http://ci.test/auth/callback/${provider}?code=x&state=${state}`);
    expect([page.status, page.text]).toEqual([502, expect.stringContaining(said)]);
    expect(page.text).toContain('cannot be asked who you are');
    expect(await apiOf(world).call('checkProvider', { provider })).toMatchObject({ ok: false });
  }
  await slow.stop(true);
});

test('somebody who does not agree is told so, and can begin again', async () => {
  await using all = await startGithubWorld();
  const browser = all.browser();
  const asked = await browser.get(START);
  const state = asked.url.searchParams.get('state');
  const page = await browser.get(`${CALLBACK}?error=access_denied&error_description=<b>no&state=${state}`);
  expect(page.text).not.toContain('<b>no');
  expect(page).toMatchObject({ status: 403, text: expect.stringContaining('You did not let GitHub tell who you are') });
  expect((await browser.session()).signedIn).toBe(false);
});

describe('the way back', () => {
  test('that was forged, or belongs to another browser, or to another provider, leads nowhere', async () => {
    await using all = await startGithubWorld();
    await apiOf(all.world).call(
      'setProvider',
      { provider: 'other' },
      {
        body: { kind: 'github', url: all.github.url, apiUrl: all.github.url, clientId: 'x', clientSecret: 'y' },
      },
    );
    const forged = await all.browser().get(`${CALLBACK}?code=x&state=${'A'.repeat(43)}`);
    expect(forged).toMatchObject({ status: 400, text: expect.stringContaining('never was one of this server') });
    expect((await all.browser().get(`${CALLBACK}?code=x`)).status).toBe(400);

    // Someone else's browser comes back with what was begun in this one.
    const victim = all.browser();
    const state = (await all.browser().get(START)).url.searchParams.get('state');
    const lured = await victim.get(`${CALLBACK}?code=x&state=${state}`);
    expect(lured).toMatchObject({ status: 400, text: expect.stringContaining('another browser') });
    expect((await victim.session()).signedIn).toBe(false);

    const browser = all.browser();
    const mixed = (await browser.get(START)).url.searchParams.get('state');
    const page = await browser.get(`http://ci.test/auth/callback/other?code=x&state=${mixed}`);
    expect(page).toMatchObject({ status: 400, text: expect.stringContaining('begun at github') });
  });

  test('is good once; who reloads it is signed in all the same', async () => {
    await using all = await startGithubWorld();
    const browser = all.browser();
    const asked = await browser.get(START);
    const state = asked.url.searchParams.get('state');
    await agree(browser, asked, 'octocat');
    expect((await browser.get(`${CALLBACK}?code=x&state=${state}`)).url.pathname).toBe('/');
    await browser.call('DELETE', '/session');
    const again = await browser.get(`${CALLBACK}?code=x&state=${state}`);
    expect(again).toMatchObject({ status: 400, text: expect.stringContaining('used before') });
  });

  test('is open for ten minutes', async () => {
    let now = Date.now();
    await using all = await startGithubWorld({}, { clock: { now: () => now } });
    const browser = all.browser();
    const asked = await browser.get(START);
    now += 10 * 60_000;
    expect(await agree(browser, asked, 'octocat')).toMatchObject({
      status: 400,
      text: expect.stringContaining('too old'),
    });
  });

  test('may lead to another server of the same database', async () => {
    await using all = await startGithubWorld();
    await using beside = await startTestServer({}, {}, ':memory:', { beside: all.world });
    const browser = new TestBrowser(all.world, beside);
    const asked = await browser.get(START);
    expect(browser.turn).toBe(1);
    const page = await agree(browser, asked, 'octocat');
    expect([page.url.href, (await browser.session()).name]).toEqual(['http://ci.test/', 'octocat']);
  });

  test('leads on to own addresses only', async () => {
    await using all = await startGithubWorld();
    for (const next of ['https://evil.test/', '//evil.test', '/\\evil.test', 'javascript:alert(1)']) {
      const page = await signIn(all.browser(), 'octocat', `?next=${encodeURIComponent(next)}`);
      expect([next, page.url.href]).toEqual([next, 'http://ci.test/']);
    }
  });

  test('guessing is slowed down', async () => {
    const at = Date.now();
    await using all = await startGithubWorld({}, { clock: { now: () => at } });
    const browser = all.browser();
    const statuses: number[] = [];
    for (let tried = 0; tried < 22; tried++) statuses.push((await browser.get(`${CALLBACK}?state=${tried}`)).status);
    expect(statuses.at(0)).toBe(400);
    expect(statuses.at(-1)).toBe(429);
  });
});

test('the address that people are sent back to is where their cookie is', async () => {
  await using all = await startGithubWorld();
  const asked = await all.world.fetch(new Request('http://127.0.0.1:99/auth/start/github?next=/x'));
  expect(asked.headers.get('location')).toBe('http://ci.test/auth/start/github?next=%2Fx&here=1');
  const behindProxy = await all.world.fetch(new Request('http://127.0.0.1:99/auth/start/github?here=1'));
  expect(behindProxy.headers.get('location')).toStartWith(all.github.url);
});

test('an unknown provider is told as one, and programs are answered in JSON', async () => {
  await using all = await startGithubWorld();
  expect((await all.browser().get('http://ci.test/auth/start/nobody')).status).toBe(404);
  const response = await all.world.fetch(new Request(`${CALLBACK}?state=x`));
  expect(await response.json()).toMatchObject({ code: 'sign_in.state', status: 400 });
});
