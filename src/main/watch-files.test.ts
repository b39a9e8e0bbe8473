import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchFiles } from './watch-files.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-watch-'));
afterAll(() => rmSync(root, { recursive: true }));

function place(name: string): string {
  const path = join(root, name);
  for (const inner of ['deep/er', '.git', 'node_modules/x', 'out']) mkdirSync(join(path, inner), { recursive: true });
  writeFileSync(join(path, 'a'), '1');
  return path;
}
const never = new AbortController().signal;

test('a file that is written, made, moved or removed', async () => {
  const path = place('changes');
  using watched = watchFiles([path], []);
  const changes: [() => void, RegExp][] = [
    [() => writeFileSync(join(path, 'a'), '2'), /a$/],
    [() => writeFileSync(join(path, 'deep/er/b'), '1'), /b$/],
    [() => mkdirSync(join(path, 'new')), /new$/],
    [() => renameSync(join(path, 'a'), join(path, 'c')), /(a|c)$/],
    [() => rmSync(join(path, 'c')), /c$/],
  ];
  for (const [change, name] of changes) {
    const next = watched.next(never);
    change();
    expect(await next).toMatch(name);
  }
});

test('what came while nobody asked is told when somebody does, many changes as one', async () => {
  const path = place('early');
  using watched = watchFiles([path], []);
  const over = new AbortController();
  const nobody = watched.next(over.signal);
  over.abort();
  expect(await nobody).toBeUndefined();
  for (const name of ['x', 'y', 'z']) writeFileSync(join(path, name), '1');
  expect(await watched.next(never)).toMatch(/[xyz]$/);
});

test('not what versioning keeps, nor what the run itself writes', async () => {
  const path = place('ignored');
  using watched = watchFiles([path], [join(path, 'out'), join(path, 'report.xml')]);
  const next = watched.next(never);
  for (const name of ['.git/index', 'node_modules/x/y', 'out/log', 'report.xml']) writeFileSync(join(path, name), '1');
  writeFileSync(join(path, 'last'), '1');
  expect(await next).toBe(join(path, 'last'));
});

test('the directory itself that is moved away, or removed, is a change like another', async () => {
  for (const leave of [
    (path: string) => renameSync(path, `${path}-away`),
    (path: string) => rmSync(path, { recursive: true }),
  ]) {
    const path = place('leaves');
    using watched = watchFiles([path], []);
    const next = watched.next(never);
    leave(path);
    expect(await next).toStartWith(path);
  }
});

test('a directory that is not there', () => {
  expect(() => watchFiles([join(root, 'none')], [])).toThrow(expect.objectContaining({ code: 'file.not_found' }));
});
