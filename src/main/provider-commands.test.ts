/** Providers of sign-in and signing a terminal in by a browser, by the command line against a whole server. */
import { expect, test } from 'bun:test';
import { apiOf } from '../server/api-calls.fixture.ts';
import { TestBrowser } from '../server/sign-in/browser.fixture.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const FILE = `providers = {
  github = {
    kind               = "github"
    client_id          = "Iv1.x"
    client_secret_file = "secret"
    allow              = { groups = ["acme"] }
    rules              = [{ group = "acme/builders", team = "main", role = "write" }]
  }
  corp = {
    kind              = "oidc"
    url               = "http://127.0.0.1:1/"
    client_id         = "pikoci"
    client_secret_env = "CORP_SECRET"
  }
}`;

test('providers are added, changed, checked and removed; no secret is ever shown', async () => {
  await using all = await startRemoteWorld({}, { secret: 'very secret\n', 'providers.hcl': FILE });
  const { pikoci } = all;
  expect((await pikoci('providers', 'list')).out).toContain('there is no provider');
  const add = ['providers', 'add', 'github', '--kind', 'github', '--client-id', 'Iv1.x'];
  const address = 'http://127.0.0.1:1';
  expect(await pikoci(...add)).toMatchObject({ code: 1, err: expect.stringContaining('clientSecret') });
  const made = await pikoci(...add, '--client-secret-file', 'secret', '--allow-group', 'acme', '--address', address);
  expect(made.out).toBe('provider github: set\nits callback address: http://ci.test/auth/callback/github\n');
  // What is not given stays, who may sign in most of all.
  await pikoci('providers', 'add', 'github', '--no-register', '--allow-domain', 'acme.test');
  const list = JSON.parse((await pikoci('providers', 'list', '--json')).out);
  expect(list).toMatchObject([
    {
      name: 'github',
      settings: {
        ...{ url: 'http://127.0.0.1:1', clientId: 'Iv1.x', register: false },
        allow: { groups: ['acme'], domains: ['acme.test'] },
      },
      hasClientSecret: true,
    },
  ]);
});

test('a provider does not become another one, and what is wrong with its settings is said', async () => {
  await using all = await startRemoteWorld({}, { secret: 'very secret\n', 'providers.hcl': FILE });
  const { pikoci, run, world } = all;
  const add = (...more: string[]) => pikoci('providers', 'add', ...more);
  await add('github', '--kind', 'github', '--client-id', 'x', '--client-secret-file', 'secret');
  const other = await add('github', '--address', 'http://127.0.0.1:1');
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining('cannot become') });
  for (const [args, said] of [
    [['Git Hub', '--kind', 'github', '--client-id', 'x'], /lower-case/],
    [['gitea', '--kind', 'gitea', '--client-id', 'x', '--client-secret-file', 'secret'], /url/],
    [['x', '--kind', 'oauth', '--client-id', 'x'], /kind/],
    [['x', '--kind', 'oidc', '--client-id', 'x', '--address', 'ftp://x.test'], /url/],
    [['x', '--client-id', 'x'], /--kind/],
    [['x', '--kind', 'github', '--client-id', 'x', '--client-secret-file', 'nowhere'], /nowhere/],
    [[], /which provider/],
  ] as const) {
    const told = await add(...args);
    expect([told.code > 0, told.err]).toEqual([true, expect.stringMatching(said)]);
  }
  const ada = await world.store.createUser({ name: 'ada', now: 1 });
  const account = { provider: 'github', subject: '17', userId: ada.id, login: 'ada-l', linkedAt: 1 };
  await world.store.linkIdentity(account);
  expect((await pikoci('users', 'get', 'ada')).out).toContain('github account ada-l');
  expect((await pikoci('users', 'unlink', 'ada', 'github')).out).toBe('user ada: the github account is unlinked\n');
  expect((await pikoci('users', 'unlink', 'ada', 'github')).err).toContain('no github account of ada');
  expect((await pikoci('providers', 'remove', 'github')).code).toBe(0);
  await add(
    'github',
    '--kind',
    'github',
    '--client-id',
    'x',
    '--client-secret-file',
    'secret',
    '--address',
    'http://127.0.0.1:1',
  );
  expect((await pikoci('providers', 'check', 'github')).code).toBe(1);
  expect((await pikoci('providers', 'check', 'nobody')).err).toContain('no provider "nobody"');
  expect((await pikoci('providers', 'remove', 'github')).out).toBe('provider github: removed\n');
  expect((await pikoci('providers', 'remove', 'github')).code).toBe(1);

  expect((await add('--from', 'providers.hcl')).err).toContain('CORP_SECRET is not set');
  const from = await run(['providers', 'add', '--from', 'providers.hcl'], { env: { CORP_SECRET: 'another secret' } });
  expect(from.out).toContain('provider corp: set');
  const check = await pikoci('providers', 'check', 'corp');
  expect(check).toMatchObject({ code: 1, out: expect.stringContaining('nothing listens') });
  const shown = JSON.stringify([await apiOf(world).ask('GET', '/providers'), await world.store.listProviders()]);
  expect(shown).not.toContain('very secret');
  expect(shown).not.toContain('another secret');
});

test('a terminal is signed in by a browser, which it does by itself where there are providers', async () => {
  await using all = await startRemoteWorld({}, { secret: 'very secret\n' });
  const { pikoci, run, url, world } = all;
  await pikoci('providers', 'add', 'github', '--kind', 'github', '--client-id', 'x', '--client-secret-file', 'secret');
  const api = apiOf(world);
  await api.call('createUser', {}, { body: { name: 'ada' } });
  const browser = new TestBrowser(world);
  await browser.get((await api.call('createSignInLink', { user: 'ada' })).url);
  const agree = (text: string): void => {
    const code = /code=([A-Z-]+)/.exec(text)?.[1];
    if (code !== undefined) void browser.call('POST', `/sign-in/terminals/${code}`);
  };
  const login = await run(['login', '--url', url], { onError: agree });
  expect(login.err).toMatch(/\/sign-in\/terminal\?code=[A-Z]{4}-[A-Z]{4}\n/);
  expect(login.out).toBe(`signed in to ${url} as ada\n`);
  expect(JSON.parse((await pikoci('tokens', 'list', '--json')).out)).toMatchObject([{ user: 'ada' }]);
  expect((await pikoci('logout', '--url', url)).out).toBe(`signed out of ${url}\n`);
});
