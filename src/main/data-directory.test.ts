import { afterEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openServerDirectory, readKey } from './data-directory.ts';

const scratch = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

test('a second server of one directory is refused, by name of who holds it', () => {
  const open = () => {
    const directory = openServerDirectory({ dataDir: scratch, temporary: true, environment: {}, cwd: '/' });
    directory.lock();
    return directory;
  };
  const first = open();
  expect(first.path).toBe(scratch);
  expect(open).toThrow(/in use by pikoci server \(pid \d+/);
  first.release();
  open().release();
});

test('what keeps nothing leaves nothing', () => {
  const directory = openServerDirectory({ dataDir: undefined, temporary: true, environment: {}, cwd: '/' });
  directory.lock();
  expect(statSync(directory.path).mode & 0o777).toBe(0o700);
  directory.release();
  expect(existsSync(directory.path)).toBe(false);
});

test('a key is made once, and kept private', async () => {
  const key = await readKey(scratch, 'jwt-secret', undefined);
  expect(key.byteLength).toBe(44);
  expect(await readKey(scratch, 'jwt-secret', undefined)).toEqual(key);
  expect(statSync(join(scratch, 'jwt-secret')).mode & 0o777).toBe(0o600);
  truncateSync(join(scratch, 'jwt-secret'));
  await expect(readKey(scratch, 'jwt-secret', undefined)).rejects.toThrow('holds no key');
});

test('a key that can be guessed is refused, and not repeated', async () => {
  await expect(readKey(scratch, 'jwt-secret', 'hunter2')).rejects.toThrow(
    '--jwt-secret has 7 characters; at least 16 are needed',
  );
});
