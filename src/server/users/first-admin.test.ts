import { expect, test } from 'bun:test';
import { systemClock } from '../../lib/clock.ts';
import { createSqliteStore } from '../../store/sql/sqlite/sqlite-store.ts';
import { createPasswords } from '../auth/passwords.ts';
import { findAdmin, makeFirstAdmin } from './first-admin.ts';

test('a first start makes one administrator, with the password that was given, and later ones change nothing', async () => {
  const store = createSqliteStore({ path: ':memory:', clock: systemClock });
  await store.migrate();
  const passwords = createPasswords(store);
  const parts = { store, clock: systemClock, passwords };
  await expect(makeFirstAdmin(parts, 'short')).rejects.toMatchObject({ code: 'auth.bad_password' });
  expect(await store.hasUsers()).toBe(false);
  await Promise.all([makeFirstAdmin(parts, 'correct horse battery'), makeFirstAdmin(parts, 'correct horse battery')]);
  await makeFirstAdmin(parts, 'another one of later');
  expect((await store.listUsers({ limit: 9 })).items).toMatchObject([
    { name: 'admin', admin: true, hasPassword: true },
  ]);
  expect(await passwords.check('admin', 'correct horse battery')).toMatchObject({ name: 'admin' });
  expect(await passwords.check('admin', 'another one of later')).toBeUndefined();

  const now = systemClock.now();
  const ada = await store.createUser({ name: 'ada', admin: true, now });
  expect((await findAdmin(store)).name).toBe('admin');
  const { id } = await findAdmin(store);
  await store.changeUser(id, { disabled: { at: now } });
  expect(await findAdmin(store)).toMatchObject({ id: ada.id });
  await store.close();
});
