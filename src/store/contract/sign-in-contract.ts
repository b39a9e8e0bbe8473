import { describe, expect, test } from 'bun:test';
import { type Open, some, type World } from './world.ts';

const ISSUER = 'github https://github.com';

export function signInContract(open: Open): void {
  const provider = (world: World, name: string, issuer = ISSUER, sealed = 'sealed') =>
    world.store.setProvider({ name, issuer, settingsJson: '{"a":1}', sealed, setBy: 'ada', setAt: world.clock.now() });

  const admit = (world: World, subject: string, login: string, names = [login, `${login}-2`, `${login}-3`]) =>
    world.store.admitAccount({
      ...{ provider: 'github', subject, login, names, displayName: undefined, email: undefined },
      now: world.clock.now(),
    });

  describe('providers of sign-in', () => {
    test('are set, changed and listed; one of a name never becomes another one', async () => {
      const world = await open();
      expect(await world.store.listProviders()).toEqual([]);
      await provider(world, 'github');
      await provider(world, 'corp', 'oidc https://id.corp');
      await provider(world, 'github', ISSUER, 'sealed again');
      const all = await world.store.listProviders();
      expect(all.map(({ name, sealed }) => [name, sealed])).toEqual([
        ['corp', 'sealed'],
        ['github', 'sealed again'],
      ]);
      await expect(provider(world, 'github', 'github https://git.corp')).rejects.toMatchObject({
        code: 'store.conflict',
        message: expect.stringContaining('https://git.corp'),
      });
      expect(await world.store.findProvider('github')).toEqual({
        ...{ name: 'github', issuer: ISSUER, settingsJson: '{"a":1}', sealed: 'sealed again' },
        ...{ setBy: 'ada', setAt: world.clock.now() },
      });
      expect(await world.store.findProvider('gitlab')).toBeUndefined();
      expect(await world.store.holdsSealedValues()).toBe(true);
    });

    test('go with the accounts that are linked to them, and users stay', async () => {
      const world = await open();
      await provider(world, 'github');
      const { user } = await admit(world, '17', 'ada');
      const grant = { sealed: 's', scopes: ['repo'], expiresAt: undefined, grantedAt: 1 };
      await world.store.saveGrant({ userId: user.id, provider: 'github', ...grant });
      expect(await world.store.removeProvider('github')).toBe(true);
      expect(await world.store.removeProvider('github')).toBe(false);
      expect(await world.store.findIdentity('github', '17')).toBeUndefined();
      expect(await world.store.findGrant(user.id, 'github')).toBeUndefined();
      expect(await world.store.findUser('ada')).toEqual(user);
    });
  });

  describe('accounts elsewhere', () => {
    test('become users, called by the first name that is free; the same account is the same user', async () => {
      const world = await open();
      const first = await admit(world, '17', 'ada');
      expect([first.created, first.user.name, first.user.hasPassword]).toEqual([true, 'ada', false]);
      const other = await admit(world, '18', 'ada');
      expect([other.created, other.user.name]).toEqual([true, 'ada-2']);
      const again = await admit(world, '17', 'ada-renamed');
      expect([again.created, again.user.id]).toEqual([false, first.user.id]);
      expect((await world.store.listIdentities(first.user.id)).map(({ login }) => login)).toEqual(['ada-renamed']);
      await expect(admit(world, '19', 'x', ['ada', 'ada-2'])).rejects.toMatchObject({ code: 'store.conflict' });
    });

    test('of several requests for one account, and of several accounts for one name, each gets what it should', async () => {
      const world = await open();
      const same = await Promise.all([1, 2, 3, 4].map(() => admit(world, '17', 'ada')));
      expect(new Set(same.map(({ user }) => user.id)).size).toBe(1);
      expect(same.filter(({ created }) => created)).toHaveLength(1);
      const names = ['bob', 'bob-2', 'bob-3', 'bob-4'];
      const others = await Promise.all(names.map((_, at) => admit(world, `2${at}`, 'bob', names)));
      expect(others.map(({ user }) => user.name).sort()).toEqual(names);
      expect((await world.store.listUsers({ limit: 9 })).items).toHaveLength(5);
    });

    test('there is one of each provider for a user', async () => {
      const world = await open();
      const { user } = await admit(world, '17', 'ada');
      const link = (subject: string, provider = 'github') =>
        world.store.linkIdentity({ provider, subject, userId: user.id, login: 'x', linkedAt: 1 });
      await expect(link('18')).rejects.toMatchObject({ code: 'store.conflict' });
      await link('18', 'gitlab');
      await link('17');
      expect(await world.store.listIdentities(user.id)).toHaveLength(2);
    });

    test('users are found by their address, whatever its case', async () => {
      const world = await open();
      const ada = await world.store.createUser({ name: 'ada', email: 'Ada@Example.test', now: 1 });
      await world.store.createUser({ name: 'bob', now: 1 });
      expect(await world.store.findUsersByEmail('aDA@example.TEST')).toEqual([ada]);
      expect(await world.store.findUsersByEmail('bob@example.test')).toEqual([]);
    });
  });

  describe('grants', () => {
    test('are replaced only where they are what they were, and go with the account', async () => {
      const world = await open();
      const { user } = await admit(world, '17', 'ada');
      const of = { userId: user.id, provider: 'github', scopes: ['repo', 'user'] };
      const first = { ...of, sealed: 'one', expiresAt: 5, grantedAt: 1 };
      await world.store.saveGrant({ ...first, sealed: 'zero' });
      await world.store.saveGrant(first);
      expect(await world.store.findGrant(user.id, 'github')).toEqual(first);
      const second = { ...of, sealed: 'two', scopes: [], expiresAt: undefined, grantedAt: 2 };
      const tried = await Promise.all([1, 2, 3].map(() => world.store.replaceGrant('one', second)));
      expect(tried.filter(Boolean)).toHaveLength(1);
      expect(await world.store.findGrant(user.id, 'github')).toEqual(second);
      await world.store.unlinkIdentity(some(user).id, 'github');
      expect(await world.store.findGrant(user.id, 'github')).toBeUndefined();
      await world.store.saveGrant(first);
      await world.store.dropGrant(user.id, 'github');
      expect(await world.store.findGrant(user.id, 'github')).toBeUndefined();
    });
  });
}
