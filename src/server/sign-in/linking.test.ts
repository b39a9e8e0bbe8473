/** Linking accounts elsewhere to a user who is signed in. */
import { expect, test } from 'bun:test';
import { some } from '../../store/contract/world.ts';
import { apiOf } from '../api-calls.fixture.ts';
import type { TestServer } from '../test-server.fixture.ts';
import type { TestBrowser } from './browser.fixture.ts';
import { agree, signIn, startGithubWorld } from './github-world.fixture.ts';

/** Signs a browser in by a one-time link. */
async function asUser(world: TestServer, browser: TestBrowser, name: string): Promise<void> {
  const api = apiOf(world);
  await api.call('createUser', {}, { body: { name } });
  const { url } = await api.call('createSignInLink', { user: name });
  await browser.get(url);
}

async function linkOf(browser: TestBrowser, next?: string): Promise<string> {
  const answer = await browser.call('POST', '/session/identities/github', next === undefined ? {} : { next });
  return `http://ci.test${JSON.parse(await answer.text()).path}`;
}

test('an account is linked from the profile page, signs in from then on, and is unlinked', async () => {
  await using all = await startGithubWorld();
  const browser = all.browser();
  await asUser(all.world, browser, 'ada');
  const page = await agree(browser, await browser.get(await linkOf(browser)), 'octocat');
  expect(page.url.href).toBe('http://ci.test/profile');
  expect((await browser.session()).name).toBe('ada');

  const other = all.browser();
  await signIn(other, 'octocat');
  expect((await other.session()).name).toBe('ada');
  const mine = await (await other.call('GET', '/session/identities')).json();
  expect(mine).toMatchObject([
    { provider: 'github', label: 'GitHub', login: 'octocat', scopes: expect.arrayContaining(['repo']) },
  ]);

  // It is the only way in.
  const only = await other.call('DELETE', '/session/identities/github');
  expect([only.status, await only.json()]).toEqual([409, expect.objectContaining({ code: 'store.conflict' })]);
  const { id } = some(await all.world.store.findUser('ada'));
  await apiOf(all.world).send('PUT', '/users/ada/password', { password: 'correct horse battery' });
  await signIn(other, 'octocat');
  expect((await other.call('DELETE', '/session/identities/github')).status).toBe(204);
  expect((await other.call('DELETE', '/session/identities/github')).status).toBe(404);
  expect(await all.world.store.listIdentities(id)).toEqual([]);
  expect(await all.world.server.forges.forUser(id, 'github')).toBeUndefined();
  const audit = (await all.world.store.listAudit({ actor: 'ada' }, { limit: 20 })).items.map(({ action }) => action);
  expect(audit).toEqual(expect.arrayContaining(['linkIdentity', 'unlinkOwnIdentity', 'signIn']));
});

test('an account of somebody else, or a second one, is not linked', async () => {
  await using all = await startGithubWorld();
  await signIn(all.browser(), 'octocat');
  const browser = all.browser();
  await asUser(all.world, browser, 'ada');
  const taken = await agree(browser, await browser.get(await linkOf(browser)), 'octocat');
  expect(taken).toMatchObject({ status: 409, text: expect.stringContaining('belongs to another user') });
  await agree(browser, await browser.get(await linkOf(browser)), 'mallory');
  await apiOf(all.world).send('DELETE', '/users/octocat/identities/github');
  const second = await agree(browser, await browser.get(await linkOf(browser)), 'octocat');
  expect(second).toMatchObject({ status: 409, text: expect.stringContaining('linked already') });
});

test('no other site, and no other user, begins to link: the way there is good once, for whoever asked', async () => {
  await using all = await startGithubWorld();
  const browser = all.browser();
  await asUser(all.world, browser, 'ada');
  const forged = await browser.ask(
    new Request('http://ci.test/api/v1/session/identities/github', {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
    }),
  );
  expect([forged.status, await forged.json()]).toEqual([403, expect.objectContaining({ code: 'auth.csrf' })]);
  const mallory = all.browser();
  await asUser(all.world, mallory, 'mallory');
  // Mallory has ada open what mallory began.
  expect(await browser.get(await linkOf(mallory))).toMatchObject({
    status: 400,
    text: expect.stringContaining('somebody else'),
  });
  const link = await linkOf(browser);
  expect((await browser.get(link)).status).toBe(200);
  expect((await browser.get(link)).status).toBe(400);

  // Signed out, or as somebody else, in the meantime.
  const asked = await browser.get(await linkOf(browser));
  await browser.call('DELETE', '/session');
  expect(await agree(browser, asked, 'octocat')).toMatchObject({
    status: 400,
    text: expect.stringContaining('not signed in any more'),
  });
  const anonymous = await all.world.fetch(
    new Request('http://ci.test/api/v1/session/identities/github', { method: 'POST' }),
  );
  expect(anonymous.status).toBe(401);
});

test('an address of a token is nobody to link to', async () => {
  await using all = await startGithubWorld();
  const answer = await apiOf(all.world).ask('POST', '/session/identities/github', {});
  expect([answer.status, answer.body]).toEqual([409, expect.objectContaining({ code: 'auth.not_a_user' })]);
});
