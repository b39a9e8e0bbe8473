import { expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from './remove-tree.ts';

test('removes everything below, and no link is followed', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-remove-'));
  mkdirSync(join(dir, 'tree/a/b'), { recursive: true });
  mkdirSync(join(dir, 'elsewhere'));
  writeFileSync(join(dir, 'elsewhere/file'), '');
  writeFileSync(join(dir, 'tree/a/file'), '');
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'tree/a/b/link'));
  symlinkSync('nowhere', join(dir, 'tree/dangling'));
  removeTree(join(dir, 'tree'));
  expect(existsSync(join(dir, 'tree'))).toBe(false);
  expect(existsSync(join(dir, 'elsewhere/file'))).toBe(true);
  removeTree(join(dir, 'tree'));
  removeTree(join(dir, 'elsewhere/file'));
  expect(existsSync(join(dir, 'elsewhere/file'))).toBe(false);
  rmSync(dir, { recursive: true });
});

test('a directory of many files takes no minute', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-remove-'));
  for (let n = 0; n < 30_000; n += 1) writeFileSync(join(dir, `file-${n}`), '');
  const before = performance.now();
  removeTree(dir);
  expect(performance.now() - before).toBeLessThan(20_000);
});
