/** Signing in with GitHub, emulated. */
import { expect, test } from 'bun:test';
import { some } from '../../store/contract/world.ts';
import { agree, signIn, startGithubWorld } from './github-world.fixture.ts';

test('somebody new becomes a user without rights, and is the same user the next time', async () => {
  await using all = await startGithubWorld();
  const { world } = all;
  const browser = all.browser();
  const asked = await browser.get('http://ci.test/auth/start/github?next=/workers');
  expect(asked.url.searchParams.get('code_challenge_method')).toBe('S256');
  expect(asked.url.searchParams.get('scope')).toBe('read:user user:email repo');
  const back = await agree(browser, asked, 'octocat');
  expect(back.url.href).toBe('http://ci.test/workers');
  expect(await browser.session()).toMatchObject({ name: 'octocat', signedIn: true, teams: [] });
  const user = some(await world.store.findUser('octocat'));
  expect(user).toMatchObject({ displayName: 'The Octocat', email: 'octocat@example.com', admin: false });

  const again = all.browser();
  await signIn(again, 'octocat');
  expect((await again.session()).name).toBe('octocat');
  expect((await world.store.listUsers({ limit: 9 })).items.map(({ name }) => name)).toEqual(['admin', 'octocat']);
  const audit = (await world.store.listAudit({}, { limit: 9 })).items.map(({ actor, action }) => `${actor} ${action}`);
  expect(audit).toEqual(['octocat signIn', 'octocat signIn', 'octocat createUser', 'admin setProvider']);
});

test('what a user grants is kept sealed, and is what was chosen', async () => {
  await using all = await startGithubWorld();
  const { store, server } = all.world;
  await signIn(all.browser(), 'octocat');
  const { id } = some(await store.findUser('octocat'));
  const granted = some(await server.forges.forUser(id, 'github'));
  expect(granted.scopes).toEqual(['read:user', 'user:email', 'repo']);
  const mine = await fetch(`${all.github.url}/user`, { headers: { authorization: `Bearer ${granted.token}` } });
  expect(await mine.json()).toMatchObject({ login: 'octocat' });
  expect(JSON.stringify(await store.findGrant(id, 'github'))).not.toContain(granted.token);
  expect(JSON.stringify(await store.listProviders())).not.toContain('the right one');
  expect(server.forges.providers()).toEqual([
    { name: 'github', kind: 'github', baseUrl: all.github.url, apiUrl: all.github.url },
  ]);

  await signIn(all.browser(), 'octocat', '?access=public');
  expect((await server.forges.forUser(id, 'github'))?.scopes).not.toContain('repo');
  await signIn(all.browser(), 'octocat', '?access=none');
  expect(await server.forges.forUser(id, 'github')).toBeUndefined();
  await signIn(all.browser(), 'octocat');
  await store.changeUser(id, { disabled: { at: 1 } });
  expect(await server.forges.forUser(id, 'github')).toBeUndefined();
});
