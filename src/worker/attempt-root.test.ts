import { afterEach, expect, test } from 'bun:test';
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../lib/logger.ts';
import { type AttemptRoot, createAttemptRoots } from './attempt-root.ts';
import { freshDirs } from './testing/fresh-dirs.ts';

const { fresh, removeAll } = freshDirs('roots');
afterEach(removeAll);

const isFresh = ({ root, workDir, privateDir }: AttemptRoot): void => {
  expect(readdirSync(root).toSorted()).toEqual(['build', 'private']);
  expect(readdirSync(workDir)).toEqual([]);
  expect(readdirSync(privateDir)).toEqual(['tmp']);
  expect(readdirSync(join(privateDir, 'tmp'))).toEqual([]);
  const modes = [root, workDir, privateDir, join(privateDir, 'tmp')].map((path) => statSync(path).mode & 0o7777);
  expect(modes).toEqual([0o700, 0o755, 0o700, 0o700]);
};

test('each attempt has fresh directories under its own name, made once for many of them', async () => {
  const workRoot = join(fresh(), 'work');
  const roots = createAttemptRoots(workRoot);
  const first = roots.create('a');
  writeFileSync(join(first.workDir, 'left'), 'behind');
  const { ino } = statSync(first.root);
  await roots.remove(first.root, silentLogger);
  expect(existsSync(first.root)).toBe(false);
  const second = roots.create('b');
  expect(second.root).toBe(join(workRoot, 'b'));
  isFresh(second);
  expect(statSync(second.root).ino).toBe(ino);
  await roots.remove(second.root, silentLogger);
  roots[Symbol.dispose]();
  expect(readdirSync(workRoot)).toEqual([]);
});

test.each<[string, (dirs: AttemptRoot) => void]>([
  ['something lies in the private directory', ({ privateDir }) => writeFileSync(join(privateDir, 'x'), '')],
  ['something lies in the temporary directory', ({ privateDir }) => writeFileSync(join(privateDir, 'tmp', 'x'), '')],
  ['something lies beside', ({ root }) => writeFileSync(join(root, 'x'), '')],
  ['one was opened to others', ({ privateDir }) => chmodSync(privateDir, 0o777)],
])('what is not as it was made is removed: %s', async (_, change) => {
  const workRoot = join(fresh(), 'work');
  const roots = createAttemptRoots(workRoot);
  const first = roots.create('a');
  change(first);
  await roots.remove(first.root, silentLogger);
  expect(readdirSync(workRoot)).toEqual([]);
  isFresh(roots.create('b'));
});

test('a name that is in use already is made anew', async () => {
  const workRoot = join(fresh(), 'work');
  const roots = createAttemptRoots(workRoot);
  const [first, other] = [roots.create('a'), roots.create('b')];
  await roots.remove(first.root, silentLogger);
  writeFileSync(join(other.workDir, 'left'), 'behind');
  isFresh(roots.create('b'));
});
