import { expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SourceBundle } from '../pipeline/model.ts';
import { treePatch } from './tree-patch.ts';

const bundle = (files: Record<string, string>, binaries?: Record<string, string>): SourceBundle => ({
  main: Object.keys(files)[0] ?? '',
  files,
  ...(binaries !== undefined && { binaries }),
});
const base64 = (...bytes: number[]): string => Buffer.from(bytes).toString('base64');
const noise = Array.from({ length: 700 }, (_, index) => (index * 7919) % 256);

async function lay(directory: string, { files, binaries = {} }: SourceBundle): Promise<void> {
  for (const [path, content] of [
    ...Object.entries(files),
    ...Object.entries(binaries).map(([path, text]) => [path, Buffer.from(text, 'base64')] as const),
  ]) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

function tree(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(directory, path)).isFile(),
  );
  return Object.fromEntries(files.sort().map((path) => [path, readFileSync(join(directory, path), 'base64')]));
}

test.each<[name: string, old: SourceBundle, now: SourceBundle]>([
  ['a changed line', bundle({ 'p.hcl': 'a\nb\nc\n' }), bundle({ 'p.hcl': 'a\nB\nc\n' })],
  ['no line end', bundle({ 'p.hcl': 'a\nb' }), bundle({ 'p.hcl': 'a\nb\n' })],
  ['other line ends', bundle({ 'p.hcl': 'a\r\nb\r\n' }), bundle({ 'p.hcl': 'a\nb\n' })],
  ['a renamed main file', bundle({ 'one.hcl': 'a\nb\nc\n' }), bundle({ 'two.hcl': 'a\nb\nc\n' })],
  ['a renamed and changed one', bundle({ 'one.hcl': 'a\nb\nc\n' }), bundle({ 'two.hcl': 'a\nb\nd\n' })],
  [
    'one renamed, then another changed',
    bundle({ 'o.hcl': 'a\n', 'x.sh': 'x\n' }),
    bundle({ 't.hcl': 'a\n', 'x.sh': 'y\n' }),
  ],
  [
    'files that come, go and move',
    bundle({ 'p.hcl': 'p\n', 'gone.sh': 'gone\n', 'parts/old.hcl': 'old\n', empty: '' }),
    bundle({ 'p.hcl': 'q\n', 'new.sh': 'new\n', 'parts/new/old.hcl': 'old\n', 'nothing/at-all': '' }),
  ],
  [
    'names with spaces and quotes',
    bundle({ 'my p.hcl': 'a\n', 'a "b"\\c.sh': 'a\n', 'über.sh': 'a\n', 'moves here.sh': 'm\n' }),
    bundle({ 'my p.hcl': 'b\n', 'a "b"\\c.sh': 'b\n', 'über.sh': 'b\n', 'moves there.sh': 'm\n' }),
  ],
  [
    'files that are no text',
    bundle({ 'p.hcl': 'a\n', 'was-text': 'text\n' }, { 'a.png': base64(...noise), 'gone.png': base64(1, 0, 2) }),
    bundle(
      { 'p.hcl': 'a\n' },
      { 'a.png': base64(...noise.toReversed()), 'b.png': base64(0), 'was-text': base64(0, 255) },
    ),
  ],
  ['all of a long text', bundle({ 'p.hcl': 'a\n'.repeat(2_000) }), bundle({ 'p.hcl': 'b\n'.repeat(2_000) })],
  ['nothing', bundle({ 'p.hcl': 'a\n' }), bundle({ 'p.hcl': 'a\n' })],
])('git apply makes the other revision of %s, and back', async (_name, old, now) => {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-patch-'));
  try {
    await lay(join(directory, 'from'), old);
    await lay(join(directory, 'to'), now);
    const patch = treePatch(old, now);
    const wanted = tree(join(directory, 'to'));
    if (patch === '') expect(tree(join(directory, 'from'))).toEqual(wanted);
    else {
      const before = tree(join(directory, 'from'));
      for (const [more, result] of [
        [[], wanted],
        [['-R'], before],
      ] as const) {
        const git = Bun.spawn(['git', 'apply', '--whitespace=nowarn', ...more, '-'], {
          cwd: join(directory, 'from'),
          stdin: Buffer.from(patch),
          stderr: 'pipe',
          env: { PATH: process.env.PATH ?? '', HOME: directory, GIT_CEILING_DIRECTORIES: directory },
        });
        expect([await git.exited, await new Response(git.stderr).text()]).toEqual([0, '']);
        expect(tree(join(directory, 'from'))).toEqual(result);
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a renamed file is told as one', () => {
  expect(treePatch(bundle({ 'one.hcl': 'a\nb\n' }), bundle({ 'two.hcl': 'a\nc\n' }))).toBe(
    'diff --git a/one.hcl b/two.hcl\nrename from one.hcl\nrename to two.hcl\n--- a/one.hcl\n+++ b/two.hcl\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n',
  );
});
