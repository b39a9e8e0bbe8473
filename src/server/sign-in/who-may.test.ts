/** Who may sign in with an account elsewhere, as which user, and what they may do then. */
import { describe, expect, test } from 'bun:test';
import { some } from '../../store/contract/world.ts';
import { signIn, startGithubWorld } from './github-world.fixture.ts';
import { signInAtOidc, startOidcWorld } from './oidc-world.fixture.ts';

describe('an allow-list', () => {
  test('of organisations lets their members in, and nobody else', async () => {
    await using all = await startGithubWorld({ allow: { groups: ['Acme'] } });
    const member = all.browser();
    await signIn(member, 'octocat');
    expect((await member.session()).name).toBe('octocat');
    const stranger = all.browser();
    const page = await signIn(stranger, 'mallory');
    expect(page).toMatchObject({ status: 403, text: expect.stringContaining('none of those who may sign in') });
    expect((await stranger.session()).signedIn).toBe(false);
    expect(await all.world.store.findUser('mallory')).toBeUndefined();
    // Who is on it no more does not come in any more.
    await all.set({ allow: { groups: ['other'] } });
    expect((await signIn(all.browser(), 'octocat')).status).toBe(403);
  });

  test('of domains counts verified addresses alone', async () => {
    const claims = (login: string) => ({ email: `${login}@corp.test`, email_verified: login === 'ada' });
    await using all = await startOidcWorld(claims, { allow: { domains: ['corp.test'] } });
    expect((await signInAtOidc(all.browser(), 'ada')).url.href).toBe('http://ci.test/');
    expect((await signInAtOidc(all.browser(), 'mallory')).status).toBe(403);
    await all.set({ allow: { domains: ['rp.test'] } });
    expect((await signInAtOidc(all.browser(), 'ada')).status).toBe(403);
  });

  test('with nothing on it lets nobody in', async () => {
    await using all = await startGithubWorld({ allow: {} });
    expect((await signIn(all.browser(), 'octocat')).status).toBe(403);
  });
});

test('rules give roles, raise them, and take nothing away', async () => {
  const claims = (login: string) => ({ groups: login === 'ada' ? ['builders', 'all'] : ['all'] });
  const rules = [
    { group: 'all', team: 'main', role: 'read' },
    { group: 'BUILDERS', team: 'main', role: 'maintain' },
    { group: 'builders', domain: 'nowhere.test', team: 'main', role: 'admin' },
    { group: 'builders', team: 'new', role: 'write' },
  ];
  await using all = await startOidcWorld(claims, { rules });
  const { store } = all.world;
  const rolesOf = async (name: string) => {
    const user = some(await store.getUser(some(await store.findUser(name)).id));
    return user.memberships.map(({ team, role }) => `${role} in ${team}`);
  };
  await signInAtOidc(all.browser(), 'ada');
  await signInAtOidc(all.browser(), 'bob');
  expect(await rolesOf('ada')).toEqual(['maintain in main', 'write in new']);
  expect(await rolesOf('bob')).toEqual(['read in main']);
  const main = await store.ensureTeam('main');
  await store.setMember(main.id, some(await store.findUser('bob')).id, 'admin');
  await signInAtOidc(all.browser(), 'bob');
  expect(await rolesOf('bob')).toEqual(['admin in main']);
  const audit = (await store.listAudit({ action: 'setMember' }, { limit: 9 })).items;
  expect(audit.map(({ actor, target }) => [actor, target])).toContainEqual(['rule of corp', 'member ada as maintain']);
});

test('somebody who is disabled is told so, and does not come in', async () => {
  await using all = await startGithubWorld();
  await signIn(all.browser(), 'octocat');
  const { store } = all.world;
  await store.changeUser(some(await store.findUser('octocat')).id, { disabled: { at: 1 } });
  const browser = all.browser();
  expect(await signIn(browser, 'octocat')).toMatchObject({ status: 403, text: expect.stringContaining('is disabled') });
  expect((await browser.session()).signedIn).toBe(false);
});

test('where nobody new gets a user, only linked accounts come in', async () => {
  await using all = await startGithubWorld({ register: false });
  const page = await signIn(all.browser(), 'octocat');
  expect(page).toMatchObject({
    status: 403,
    text: expect.stringContaining('Nobody here has the GitHub account octocat'),
  });
  expect(await all.world.store.findUser('octocat')).toBeUndefined();
});

test('a name that is taken is not given to somebody else, however many come at once', async () => {
  await using all = await startOidcWorld(() => ({ preferred_username: 'ada' }));
  const { store } = all.world;
  const ada = await store.createUser({ name: 'ada', admin: false, now: 1 });
  const browsers = ['one', 'two', 'three'].map((sub) => ({ sub, browser: all.browser() }));
  await Promise.all(browsers.map(({ sub, browser }) => signInAtOidc(browser, sub)));
  const names = await Promise.all(browsers.map(async ({ browser }) => (await browser.session()).name));
  expect(names.sort()).toEqual(['ada-2', 'ada-3', 'ada-4']);
  expect(await store.listIdentities(ada.id)).toEqual([]);
});

test('a login that is no name of ours becomes one', async () => {
  await using all = await startOidcWorld((login) => ({ preferred_username: login === 'x' ? '山田' : 'Zoë Q. <b>' }));
  const [first, second] = [all.browser(), all.browser()];
  await signInAtOidc(first, 'x');
  await signInAtOidc(second, 'y');
  expect([(await first.session()).name, (await second.session()).name]).toEqual(['user', 'Zoe-Q.-b']);
});

describe('an address', () => {
  const claims = (verified: boolean) => () => ({ email: 'ADA@corp.test', email_verified: verified });
  const withAda = async (verified: boolean, settings: object, admin = false) => {
    const all = await startOidcWorld(claims(verified), { ...settings });
    await all.world.store.createUser({ name: 'ada', email: 'ada@corp.test', admin, now: 1 });
    await all.world.store.createUser({ name: 'root', admin: true, now: 1 });
    const browser = all.browser();
    await signInAtOidc(browser, 'someone');
    return { all, name: (await browser.session()).name };
  };

  test('makes somebody an existing user where it is verified and the administrator allows it', async () => {
    const { all, name } = await withAda(true, { linkByEmail: true });
    expect(name).toBe('ada');
    await all[Symbol.asyncDispose]();
  });

  test.each([
    ['it is not verified', false, { linkByEmail: true }, false],
    ['nobody allowed it', true, {}, false],
    ['the user is an administrator', true, { linkByEmail: true }, true],
  ] as const)('does not where %s', async (_, verified, settings, admin) => {
    const { all, name } = await withAda(verified, settings, admin);
    expect(name).toBe('someone');
    // What is not verified is not kept either: it could be somebody's at another provider.
    expect(some(await all.world.store.findUser('someone')).email).toBe(verified ? 'ADA@corp.test' : undefined);
    await all[Symbol.asyncDispose]();
  });
});
