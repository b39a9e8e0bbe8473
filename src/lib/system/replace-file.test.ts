import { afterAll, describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../coded-error.ts';
import { replaceFile } from './replace-file.ts';

const dir = await mkdtemp(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

/** `EACCES` is for those who are not root. */
const isRoot = process.getuid?.() === 0;

async function codeOf(promise: Promise<void>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'done';
}

describe('replaceFile', () => {
  for (const mode of [0o600, 0o644, 0o755]) {
    test(`mode ${mode.toString(8)} stays, nothing else is left`, async () => {
      const path = join(dir, `m${mode}`);
      await writeFile(path, 'old');
      await chmod(path, mode);
      await replaceFile(path, 'new');
      expect(await readFile(path, 'utf8')).toBe('new');
      expect((await stat(path)).mode & 0o7777).toBe(mode);
      expect((await readdir(dir)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    });
  }

  test('who reads has the whole old content', async () => {
    const path = join(dir, 'reader');
    await writeFile(path, 'old');
    const before = (await stat(path)).ino;
    await replaceFile(path, 'new');
    expect((await stat(path)).ino).not.toBe(before);
  });

  test('a file that is not there is not made', async () => {
    expect(await codeOf(replaceFile(join(dir, 'none'), 'x'))).toBe('file.not_found');
  });

  test('a read-only file is left alone, unless root asks', async () => {
    const path = join(dir, 'readonly');
    await writeFile(path, 'old', { mode: 0o444 });
    expect(await codeOf(replaceFile(path, 'new'))).toBe(isRoot ? 'done' : 'file.forbidden');
    expect(await readFile(path, 'utf8')).toBe(isRoot ? 'new' : 'old');
  });
});
