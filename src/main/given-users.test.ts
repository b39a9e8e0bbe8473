import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { hashPassword } from '../lib/system/password.ts';
import { createPasswords } from '../server/auth/passwords.ts';
import { keepGivenUsers } from '../server/users/keep-given-users.ts';
import { createSqliteStore } from '../store/sql/sqlite/sqlite-store.ts';
import { readGivenUsers } from './given-users.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pikoci-test-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function read(name: string, text: string) {
  await writeFile(join(dir, name), text);
  return readGivenUsers(name, dir);
}

test('users of a file are made, and brought up to date at the next start; others are left alone', async () => {
  const store = createSqliteStore({ path: ':memory:', clock: systemClock });
  await store.migrate();
  await store.createUser({ name: 'carl', now: 1 });
  const hash = await hashPassword('correct horse battery');
  const text = `users = {
    ada = { password_hash = "${hash}", admin = true }
    bob = { display_name = "Bob", teams = { main = "write", blue = "read" } }
  }`;
  const first = await read('users.hcl', text);
  await keepGivenUsers(store, systemClock, first);
  await keepGivenUsers(store, systemClock, first);
  expect((await store.listUsers({ limit: 9 })).items.map(({ name, admin }) => [name, admin])).toEqual([
    ['ada', true],
    ['bob', false],
    ['carl', false],
  ]);
  expect(await createPasswords(store).check('ada', 'correct horse battery')).toMatchObject({ name: 'ada' });
  const json = { users: { bob: { admin: true, teams: { main: 'maintain' } } } };
  await keepGivenUsers(store, systemClock, await read('users.json', JSON.stringify(json)));
  const bob = await store.findUser('bob');
  expect(bob).toMatchObject({ displayName: 'Bob', admin: true });
  expect((await store.getUser(bob!.id))?.memberships.map(({ team, role }) => [team, role])).toEqual([
    ['blue', 'read'],
    ['main', 'maintain'],
  ]);
  await store.close();
});

test.each([
  ['a.json', '{"users": {"ada": {"password": "x"}}}', /users\.ada.*password/],
  ['b.json', '{"users": {"ada": {"password_hash": "x"}}}', /password_hash.*user-password/],
  ['c.json', '{"users": {"a b": {}}}', /users\.a b/],
  ['d.json', '{"users": {"ada": {"teams": {"main": "boss"}}}}', /users\.ada\.teams\.main/],
  ['e.json', '{"user": {}}', /e\.json/],
  ['f.json', '{', /f\.json cannot be read/],
])('a mistake in the file is told with its place: %s', async (name, text, message) => {
  await expect(read(name, text)).rejects.toMatchObject({
    code: 'usage.bad_config',
    message: expect.stringMatching(message),
  });
});
