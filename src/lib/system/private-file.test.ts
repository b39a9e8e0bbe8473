import { afterAll, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrivateFile, readPrivateFile, writePrivateFile } from './private-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('is readable by us only, in a directory of ours, whatever the umask', async () => {
  const umask = process.umask(0);
  const path = join(dir, 'a/b/key');
  await writePrivateFile(path, 'secret');
  process.umask(umask);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir, 'a/b')).mode & 0o777).toBe(0o700);
  expect(await readPrivateFile(path)).toBe('secret');
});

test('is replaced as a whole, and nothing is left beside it', async () => {
  const path = join(dir, 'replaced/key');
  await Promise.all(['x', 'y', 'z'].map((letter) => writePrivateFile(path, letter.repeat(100_000))));
  expect(new Set(readFileSync(path, 'utf8')).size).toBe(1);
  expect(statSync(path).size).toBe(100_000);
  expect(readdirSync(join(dir, 'replaced'))).toEqual(['key']);
});

test('created by many at once, it is written by one and never changed', async () => {
  const path = join(dir, 'once/key');
  const values = ['1', '2', '3', '4', '5'];
  const won = await Promise.all(values.map((value) => createPrivateFile(path, value)));
  expect(won.filter(Boolean)).toHaveLength(1);
  expect(await readPrivateFile(path)).toBe(values[won.indexOf(true)]);
  expect(await createPrivateFile(path, 'later')).toBe(false);
  expect(readdirSync(join(dir, 'once'))).toEqual(['key']);
});

test('one that is not there is undefined', async () => {
  expect(await readPrivateFile(join(dir, 'none'))).toBeUndefined();
});

test('one that others may read is refused', async () => {
  const path = join(dir, 'open');
  writeFileSync(path, 'secret');
  chmodSync(path, 0o640);
  await expect(readPrivateFile(path)).rejects.toMatchObject({
    code: 'file.too_open',
    hint: expect.stringContaining(`chmod 600 ${path}`),
  });
});

test('what cannot be written says why and leaves nothing behind', async () => {
  writeFileSync(join(dir, 'file'), '');
  mkdirSync(join(dir, 'folder'));
  await expect(writePrivateFile(join(dir, 'file/key'), 'x')).rejects.toMatchObject({ code: 'file.wrong_kind' });
  await expect(writePrivateFile(join(dir, 'folder'), 'x')).rejects.toMatchObject({ code: 'file.wrong_kind' });
  await expect(readPrivateFile(join(dir, 'folder'))).rejects.toMatchObject({ code: 'file.wrong_kind' });
  expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
