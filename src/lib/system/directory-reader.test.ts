import { afterAll, expect, test } from 'bun:test';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryReader } from './directory-reader.ts';
import { createTempDir } from './temp-dir.ts';

const temporary = createTempDir();
const inside = join(temporary.path, 'inside');
await mkdir(join(inside, 'deep'), { recursive: true });
await mkdir(join(inside, '.git'));
await writeFile(join(temporary.path, 'outside.txt'), 'outside');
await writeFile(join(inside, 'text.txt'), '\ufeffé');
await writeFile(join(inside, 'binary'), new Uint8Array([0xff, 0xfe, 0x00]));
await writeFile(join(inside, 'deep', 'a.txt'), 'a');
await writeFile(join(inside, '.git', 'config'), 'c');
await writeFile(join(inside, 'large'), '');
await truncate(join(inside, 'large'), 4 * 1024 * 1024 + 1);
await symlink(join(temporary.path, 'outside.txt'), join(inside, 'leads-out'));
await symlink(temporary.path, join(inside, 'up'));
await symlink('text.txt', join(inside, 'stays'));
afterAll(() => rm(temporary.path, { recursive: true, force: true }));

const reads: [path: string, content: string | number[] | undefined][] = [
  ['text.txt', '\ufeffé'],
  ['deep/a.txt', 'a'],
  ['binary', [0xff, 0xfe, 0x00]],
  ['stays', '\ufeffé'],
  ['leads-out', undefined],
  ['up/outside.txt', undefined],
  ['large', undefined],
  ['none', undefined],
  ['deep', undefined],
  ['text.txt/below', undefined],
];
test.each(reads)('reads %s', async (path, content) => {
  const found = await directoryReader(inside).read(path);
  expect(typeof found === 'object' ? [...found] : found).toEqual(content);
});

test('lists what is there, not through links, not in .git', async () => {
  const reader = directoryReader(inside);
  expect([...(await reader.list(''))].sort()).toEqual(['binary', 'deep/a.txt', 'large', 'text.txt']);
  expect(await reader.list('deep')).toEqual(['deep/a.txt']);
  expect(await reader.list('none')).toEqual([]);
});
