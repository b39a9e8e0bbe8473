import { describe, expect, test } from 'bun:test';
import { type ApiTokenId, newId, type SessionId, type UserId } from '../../lib/ids.ts';
import type { Role, UserRecord } from '../identity-store.ts';
import { type Open, some, type World } from './world.ts';

const HOUR = 3_600_000;

export function identityContract(open: Open): void {
  const make = (world: World, name: string, admin = false): Promise<UserRecord> =>
    world.store.createUser({ name, admin, now: world.clock.now() });

  async function session(world: World, user: UserRecord, hash: string): Promise<SessionId> {
    const id = newId<SessionId>();
    const createdAt = world.clock.now();
    const what = { csrf: `csrf of ${hash}`, address: '127.0.0.1', agent: 'a browser' };
    await world.store.beginSession({ ...what, id, hash, userId: user.id, createdAt, expiresAt: createdAt + HOUR });
    return id;
  }

  const token = (world: World, user: UserRecord, hash: string, options: { role?: Role; expiresAt?: number } = {}) =>
    world.store.createToken({
      id: newId<ApiTokenId>(),
      hash,
      name: `token ${hash}`,
      userId: user.id,
      teamId: undefined,
      role: options.role ?? 'admin',
      createdAt: world.clock.now(),
      expiresAt: options.expiresAt,
    });

  describe('users', () => {
    test('are made once by a name, found by it, and listed page by page', async () => {
      const world = await open();
      expect(await world.store.hasUsers()).toBe(false);
      const ada = await make(world, 'ada');
      expect(await world.store.hasUsers()).toBe(true);
      expect(ada).toMatchObject({ name: 'ada', admin: false, hasPassword: false, createdAt: world.clock.now() });
      await expect(make(world, 'ada')).rejects.toMatchObject({ code: 'store.conflict' });
      expect(await world.store.findUser('ada')).toEqual(ada);
      expect(await world.store.findUser('Ada')).toBeUndefined();
      await make(world, 'bob');
      await make(world, 'carl');
      const first = await world.store.listUsers({ limit: 2 });
      expect(first.items.map(({ name }) => name)).toEqual(['ada', 'bob']);
      const rest = await world.store.listUsers({ limit: 2, after: first.next });
      expect([rest.items.map(({ name }) => name), rest.next]).toEqual([['carl'], undefined]);
    });

    test('of several who make the same at once one does', async () => {
      const world = await open();
      const made = await Promise.allSettled([1, 2, 3].map(() => make(world, 'ada')));
      expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await world.store.listUsers({ limit: 10 })).items).toHaveLength(1);
    });

    test('change, are disabled and deleted, but never the last administrator', async () => {
      const world = await open();
      const admin = await make(world, 'admin', true);
      const ada = await make(world, 'ada');
      expect(await world.store.changeUser(ada.id, { displayName: 'Ada L.', email: 'ada@example.test' })).toMatchObject({
        displayName: 'Ada L.',
        email: 'ada@example.test',
        admin: false,
      });
      const at = world.clock.now();
      for (const last of [
        () => world.store.changeUser(admin.id, { admin: false }),
        () => world.store.changeUser(admin.id, { disabled: { at } }),
        () => world.store.deleteUser(admin.id),
      ]) {
        await expect(last()).rejects.toMatchObject({ code: 'store.conflict' });
      }
      await world.store.changeUser(ada.id, { admin: true });
      await world.store.changeUser(admin.id, { disabled: { at } });
      await expect(world.store.changeUser(ada.id, { admin: false })).rejects.toMatchObject({ code: 'store.conflict' });
      expect(await world.store.changeUser(admin.id, { disabled: { at: undefined } })).toMatchObject({ admin: true });
      await world.store.deleteUser(ada.id);
      expect(await world.store.findUser('ada')).toBeUndefined();
      await expect(world.store.changeUser(ada.id, {})).rejects.toMatchObject({ code: 'store.not_found' });
    });

    test('are members of teams with one role in each, which go with team and user', async () => {
      const world = await open();
      const ada = await make(world, 'ada');
      const bob = await make(world, 'bob');
      const main = await world.store.ensureTeam('main');
      const blue = await world.store.ensureTeam('blue');
      await world.store.setMember(main.id, ada.id, 'read');
      await world.store.setMember(main.id, ada.id, 'maintain');
      await world.store.setMember(blue.id, ada.id, 'write');
      await world.store.setMember(main.id, bob.id, 'admin');
      expect(some(await world.store.getUser(ada.id)).memberships).toEqual([
        { teamId: blue.id, team: 'blue', role: 'write' },
        { teamId: main.id, team: 'main', role: 'maintain' },
      ]);
      expect((await world.store.listMembers(main.id)).map(({ user, role }) => [user.name, role])).toEqual([
        ['ada', 'maintain'],
        ['bob', 'admin'],
      ]);
      await world.store.setMember(main.id, bob.id, undefined);
      await world.store.deleteUser(ada.id);
      expect(await world.store.listMembers(main.id)).toEqual([]);
      await expect(world.store.setMember(main.id, newId<UserId>(), 'read')).rejects.toMatchObject({
        code: 'store.not_found',
      });
    });

    test('have passwords, whose change ends their other sessions', async () => {
      const world = await open();
      const ada = await make(world, 'ada');
      expect(await world.store.passwordOf('ada')).toBeUndefined();
      expect(await world.store.passwordOf('nobody')).toBeUndefined();
      const kept = await session(world, ada, 'h1');
      await session(world, ada, 'h2');
      await world.store.setPassword(ada.id, 'hashed', kept);
      expect(await world.store.passwordOf('ada')).toMatchObject({ hash: 'hashed', user: { hasPassword: true } });
      expect((await world.store.listSessions(ada.id, world.clock.now())).map(({ id }) => id)).toEqual([kept]);
      await world.store.changeUser(ada.id, { disabled: { at: world.clock.now() } });
      expect(await world.store.passwordOf('ada')).toBeUndefined();
      await world.store.setPassword(ada.id, undefined);
      expect(await world.store.findUser('ada')).toMatchObject({ hasPassword: false });
    });

    test('have accounts elsewhere, each linked to one of them', async () => {
      const world = await open();
      const ada = await make(world, 'ada');
      const bob = await make(world, 'bob');
      const github = { provider: 'github', subject: '17', login: 'ada-l', linkedAt: world.clock.now() };
      await world.store.linkIdentity({ ...github, userId: ada.id });
      await world.store.linkIdentity({ ...github, userId: ada.id, login: 'ada-lovelace' });
      expect(await world.store.listIdentities(ada.id)).toEqual([{ ...github, userId: ada.id, login: 'ada-lovelace' }]);
      await expect(world.store.linkIdentity({ ...github, userId: bob.id })).rejects.toMatchObject({
        code: 'store.conflict',
      });
      expect(await world.store.findIdentity('github', '17')).toMatchObject({ userId: ada.id });
      expect(await world.store.findIdentity('gitlab', '17')).toBeUndefined();
      expect(await world.store.unlinkIdentity(ada.id, 'github')).toBe(true);
      expect(await world.store.unlinkIdentity(ada.id, 'github')).toBe(false);
      await world.store.linkIdentity({ ...github, userId: bob.id });
      await world.store.deleteUser(bob.id);
      expect(await world.store.findIdentity('github', '17')).toBeUndefined();
    });
  });

  describe('sessions, tokens and links', () => {
    test('a session is in force until it expires, is ended, or its user may do nothing any more', async () => {
      const world = await open();
      const ada = await make(world, 'ada');
      const main = await world.store.ensureTeam('main');
      await world.store.setMember(main.id, ada.id, 'write');
      const use = (hash: string) => world.store.useSession(hash, world.clock.now());
      const id = await session(world, ada, 'h1');
      expect(await use('h1')).toMatchObject({
        user: { name: 'ada' },
        memberships: [{ team: 'main', role: 'write' }],
        session: { id, csrf: 'csrf of h1', agent: 'a browser' },
      });
      expect(await use('h2')).toBeUndefined();
      const later = world.clock.forward(5 * 60_000);
      await use('h1');
      expect(await world.store.listSessions(ada.id, later)).toMatchObject([{ id, lastSeenAt: later }]);
      expect(await world.store.endSession(newId<UserId>(), id)).toBe(false);
      expect(await world.store.endSession(ada.id, id)).toBe(true);
      expect(await use('h1')).toBeUndefined();
      await session(world, ada, 'h2');
      world.clock.forward(HOUR);
      expect(await use('h2')).toBeUndefined();
      await session(world, ada, 'h3');
      await world.store.changeUser(ada.id, { disabled: { at: world.clock.now() } });
      await world.store.changeUser(ada.id, { disabled: { at: undefined } });
      expect(await use('h3')).toBeUndefined();
    });

    test('a token is shown with its use, is of one user, expires and is revoked', async () => {
      const world = await open();
      const ada = await make(world, 'ada');
      const bob = await make(world, 'bob');
      const use = (hash: string) => world.store.useToken(hash, world.clock.now());
      const made = await token(world, ada, 'h1', { role: 'read' });
      expect(made).toMatchObject({ name: 'token h1', role: 'read', lastUsedAt: undefined });
      const soon = world.clock.now() + 1_000;
      await token(world, bob, 'h2', { expiresAt: soon });
      expect(await use('h1')).toMatchObject({ user: { name: 'ada' }, token: { role: 'read' } });
      expect(await use('h2')).toMatchObject({ user: { name: 'bob' } });
      expect(await use('h3')).toBeUndefined();
      expect((await world.store.listTokens({ userId: ada.id }, { limit: 9 })).items).toMatchObject([
        { name: 'token h1', user: 'ada', lastUsedAt: world.clock.now() },
      ]);
      const first = await world.store.listTokens({}, { limit: 1 });
      expect(first.items).toMatchObject([{ name: 'token h2' }]);
      const rest = await world.store.listTokens({}, { limit: 1, after: first.next });
      expect([rest.items, rest.next]).toMatchObject([[{ name: 'token h1' }], undefined]);
      world.clock.forward(1_000);
      expect(await use('h2')).toBeUndefined();
      expect(await world.store.revokeToken(made.id, bob.id)).toBe(false);
      expect(await world.store.revokeToken(made.id)).toBe(true);
      expect(await use('h1')).toBeUndefined();
    });

    test('a token of a disabled user is of no use', async () => {
      const world = await open();
      const ada = await make(world, 'ada');
      await token(world, ada, 'h1');
      await world.store.changeUser(ada.id, { disabled: { at: world.clock.now() } });
      expect(await world.store.useToken('h1', world.clock.now())).toBeUndefined();
    });

    test('a link signs in once, whoever else tries at the same time', async () => {
      const world = await open();
      const ada = await make(world, 'ada');
      const expiresAt = world.clock.now() + 1_000;
      await world.store.createLink({ hash: 'h1', userId: ada.id, expiresAt });
      await world.store.createLink({ hash: 'h2', userId: ada.id, expiresAt });
      const redeemed = await Promise.all([1, 2, 3].map(() => world.store.redeemLink('h1', world.clock.now())));
      expect(redeemed.filter((user) => user !== undefined)).toMatchObject([{ name: 'ada' }]);
      world.clock.forward(1_000);
      expect(await world.store.redeemLink('h2', world.clock.now())).toBeUndefined();
    });

    test('what expired goes', async () => {
      const world = await open();
      const ada = await make(world, 'ada');
      await session(world, ada, 'h1');
      await token(world, ada, 'h1', { expiresAt: world.clock.now() + 1 });
      await token(world, ada, 'h2');
      await world.store.trimIdentity(world.clock.forward(HOUR), 0);
      expect(await world.store.listSessions(ada.id, 0)).toEqual([]);
      expect((await world.store.listTokens({}, { limit: 9 })).items).toMatchObject([{ name: 'token h2' }]);
    });
  });

  test('the audit log is kept, newest first, by team, person and action', async () => {
    const world = await open();
    const common = { address: '127.0.0.1', detail: { reason: 'late' } };
    const write = (actor: string, action: string, team: string | undefined, target = 'job test') =>
      world.store.writeAudit({ ...common, at: world.clock.forward(1), actor, action, team, target });
    await write('ada', 'triggerJob', 'main');
    await write('bob', 'signIn', undefined);
    await write('ada', 'pauseJob', 'blue');
    const actions = async (filter: Parameters<typeof world.store.listAudit>[0]) =>
      (await world.store.listAudit(filter, { limit: 10 })).items.map(({ action }) => action);
    expect(await actions({})).toEqual(['pauseJob', 'signIn', 'triggerJob']);
    expect(await actions({ actor: 'ada' })).toEqual(['pauseJob', 'triggerJob']);
    expect(await actions({ team: 'main' })).toEqual(['triggerJob']);
    expect(await actions({ action: 'signIn' })).toEqual(['signIn']);
    const first = await world.store.listAudit({}, { limit: 2 });
    expect(first.items).toHaveLength(2);
    expect((await world.store.listAudit({}, { limit: 2, after: first.next })).items).toMatchObject([
      { actor: 'ada', target: 'job test', detail: { reason: 'late' } },
    ]);
    await world.store.trimIdentity(0, world.clock.now());
    expect(await actions({})).toEqual(['pauseJob']);
  });
}
