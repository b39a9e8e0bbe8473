import { expect, test } from 'bun:test';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/servers/temporary-directory.ts';
import { createSqliteStore } from '../store/sql/sqlite/sqlite-store.ts';
import { claimSecretKey, findSecretKey, type SecretKeySource } from './secret-key.ts';

async function place() {
  const directory = temporaryDirectory('key');
  const store = createSqliteStore({ path: ':memory:' });
  await store.migrate();
  const file = join(directory.path, 'secret-key');
  const team = await store.ensureTeam('main');
  return {
    /** Keeps a secret, so that the key matters. */
    keepSecret: () =>
      store.setSecret({ teamId: team.id, pipelineId: undefined, name: 's', sealed: 'x', by: 'ada', now: 1 }),
    file,
    path: directory.path,
    open: async (given: Partial<SecretKeySource> = {}) => {
      const source = { key: undefined, keyFile: undefined, replace: false, ...given };
      const key = await findSecretKey(directory.path, source, store);
      await claimSecretKey(key, directory.path, source, store);
      return Buffer.from(key).toString();
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

test('made once and kept', async () => {
  await using at = await place();
  const key = await at.open();
  expect(key).toBe(readFileSync(at.file, 'utf8').trim());
  expect(await at.open()).toBe(key);
});

test('one that is gone is said, and no new one is made in its place', async () => {
  await using at = await place();
  const key = await at.open();
  await at.keepSecret();
  rmSync(at.file);
  await expect(at.open()).rejects.toMatchObject({ code: 'key.lost', hint: expect.stringContaining('backup') });
  expect(() => readFileSync(at.file)).toThrow();
  writeFileSync(at.file, key, { mode: 0o600 });
  expect(await at.open()).toBe(key);
});

test('another one is refused, until it is said that the old one is lost', async () => {
  await using at = await place();
  await at.open();
  await at.keepSecret();
  const key = 'another key of ours';
  await expect(at.open({ key })).rejects.toMatchObject({ code: 'key.other' });
  expect(await at.open({ key, replace: true })).toBe(key);
  expect(await at.open({ key })).toBe(key);
  await expect(at.open()).rejects.toMatchObject({ code: 'key.other' });
});

test('from a file', async () => {
  await using at = await place();
  const keyFile = join(at.path, 'key');
  writeFileSync(keyFile, 'a key of sixteen or more\n');
  expect(await at.open({ keyFile })).toBe('a key of sixteen or more');
  await expect(at.open({ keyFile, key: 'a key of sixteen or more' })).rejects.toMatchObject({
    code: 'usage.bad_value',
  });
  await expect(at.open({ keyFile: join(at.path, 'none') })).rejects.toThrow(/none/);
  writeFileSync(keyFile, 'short');
  await expect(at.open({ keyFile })).rejects.toMatchObject({ code: 'key.too_short' });
});

test('while nothing is encrypted with it, another one takes its place', async () => {
  await using at = await place();
  await at.open();
  rmSync(at.file);
  const key = await at.open();
  expect(await at.open({ key: 'another key of ours' })).not.toBe(key);
  await at.keepSecret();
  await expect(at.open({ key: 'a third one, too late' })).rejects.toMatchObject({ code: 'key.other' });
});
