import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArchiveShelf } from './archive-shelf.ts';

test('keeps what was used last, whole, and within its limits', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-shelf-'));
  let now = 1_700_000_000_000;
  const shelf = createArchiveShelf(join(dir, 'shelf'), { maxBytes: 25, maxAgeMs: 1_000_000 }, () => now);
  const put = async (text: string): Promise<string> => {
    now += 10_000;
    const digest = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(dir, 'file'), text);
    await shelf.keep(digest, join(dir, 'file'));
    rmSync(join(dir, 'file'));
    return digest;
  };
  expect(await shelf.take('ab'.repeat(32))).toBeUndefined();
  const [one, two] = [await put('1'.repeat(10)), await put('2'.repeat(10))];
  now += 10_000;
  expect(readFileSync((await shelf.take(one)) ?? '', 'utf8')).toBe('1111111111');
  const three = await put('3'.repeat(10));
  expect(readdirSync(join(dir, 'shelf')).toSorted()).toEqual([one, three].toSorted());
  expect(await shelf.take(two)).toBeUndefined();
  writeFileSync(join(dir, 'shelf', three), 'damaged');
  expect(await shelf.take(three)).toBeUndefined();
  now += 2_000_000;
  const last = await put('4');
  expect(readdirSync(join(dir, 'shelf'))).toEqual([last]);
  rmSync(dir, { recursive: true });
});
