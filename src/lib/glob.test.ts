import { describe, expect, test } from 'bun:test';
import { globMatcher, isGlob } from './glob.ts';

const paths = ['a.txt', 'b.txt', 'a.hcl', '!x', 'sub/a.txt', 'sub/deep/b.hcl'];

describe('which paths a pattern means', () => {
  const cases: readonly (readonly [pattern: string, matched: readonly string[]])[] = [
    ['*', ['a.txt', 'b.txt', 'a.hcl', '!x']],
    ['?.txt', ['a.txt', 'b.txt']],
    ['**/*.txt', ['a.txt', 'b.txt', 'sub/a.txt']],
    ['**', paths],
    ['sub/**', ['sub/a.txt', 'sub/deep/b.hcl']],
    ['{a,b}.{txt,hcl}', ['a.txt', 'b.txt', 'a.hcl']],
    ['[b-z].txt', ['b.txt']],
    ['[^a].txt', ['b.txt']],
    ['[!b]*', ['b.txt', '!x']],
    ['none', []],
  ];
  for (const [pattern, matched] of cases) {
    test(pattern, () => expect(paths.filter(globMatcher(pattern))).toEqual([...matched]));
  }
});

test('a [ needs its ]', () => {
  expect(['[a]', 'a', '[^a-z]b', '[!]'].map(isGlob)).toEqual([true, true, true, true]);
  expect(['[', 'a[b', '[]', '[^]'].map(isGlob)).toEqual([false, false, false, false]);
});
