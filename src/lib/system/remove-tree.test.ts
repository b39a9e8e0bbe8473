import { expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree, removeTreeInTurns } from './remove-tree.ts';

for (const remove of [removeTree, removeTreeInTurns])
  test(`${remove.name}: everything below goes, and no link is followed`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pikoci-remove-'));
    mkdirSync(join(dir, 'tree/a/b'), { recursive: true });
    mkdirSync(join(dir, 'elsewhere'));
    writeFileSync(join(dir, 'elsewhere/file'), '');
    writeFileSync(join(dir, 'tree/a/file'), '');
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'tree/a/b/link'));
    symlinkSync('nowhere', join(dir, 'tree/dangling'));
    await remove(join(dir, 'tree'));
    expect(existsSync(join(dir, 'tree'))).toBe(false);
    expect(existsSync(join(dir, 'elsewhere/file'))).toBe(true);
    await remove(join(dir, 'tree'));
    await remove(join(dir, 'elsewhere/file'));
    expect(existsSync(join(dir, 'elsewhere/file'))).toBe(false);
    rmSync(dir, { recursive: true });
  });

for (const remove of [removeTree, removeTreeInTurns])
  test(`${remove.name}: names that are no UTF-8 go, too`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pikoci-remove-'));
    mkdirSync(join(dir, 'a'));
    const strange = (end: string) => Buffer.concat([Buffer.from(`${dir}/a/`), Buffer.from([0xff]), Buffer.from(end)]);
    mkdirSync(strange('directory'));
    writeFileSync(Buffer.concat([strange('directory/'), Buffer.from('file')]), '');
    writeFileSync(strange('file'), '');
    writeFileSync(join(dir, 'file'), '');
    await remove(dir);
    expect(existsSync(dir)).toBe(false);
  });

test('a directory of many files takes no minute, and others have their turn', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-remove-'));
  for (let n = 0; n < 30_000; n += 1) writeFileSync(join(dir, `file-${n}`), '');
  const before = performance.now();
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 10);
  await removeTreeInTurns(dir);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
  expect(performance.now() - before).toBeLessThan(20_000);
});
