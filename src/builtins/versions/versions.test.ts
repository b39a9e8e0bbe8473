import { expect, test } from 'bun:test';
import { CodedError } from '../../lib/coded-error.ts';
import { namePattern, regexPattern } from './name-pattern.ts';
import { parseSemanticVersion, sortByVersion } from './semantic-version.ts';

test('the order of versions is that of Semantic Versioning', () => {
  const order = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    'v1.0.0',
    '1.0.1',
    'v1.2',
    'app-1.10.0+build',
    '2',
    '10.0.0.1',
  ];
  expect(sortByVersion([...order].reverse(), (text) => text)).toEqual(order);
});

test.each(['', 'latest', 'v', 'main', '1.2.3.4.5', '1.2.x', 'a1b'])('no version: %p', (text) => {
  expect(parseSemanticVersion(text)).toBeUndefined();
});

test.each<[string, string[], string[], string]>([
  ['v*', ['v1', 'v'], ['xv1', 'v1/a'], 'v'],
  ['release/**', ['release/1', 'release/a/b'], ['release'], 'release/'],
  ['release/?.x', ['release/1.x'], ['release/10.x', 'release/1yx'], 'release/'],
  ['main', ['main'], ['main2'], 'main'],
  ['a+b', ['a+b'], ['aab'], 'a+b'],
  ['/^v[0-9]+$/', ['v12'], ['v1.2', 'xv1'], 'v'],
])('the pattern %s', async (text, good, bad, prefix) => {
  const pattern = await namePattern(text, 'tag');
  expect(good.filter((name) => !pattern.matches(name))).toEqual([]);
  expect(bad.filter((name) => pattern.matches(name))).toEqual([]);
  expect(pattern.prefix).toBe(prefix);
});

test.each([
  ['dist/app-(.*).tgz', 'dist/app-'],
  ['dist/app\\.(?P<version>.*)', 'dist/app.'],
  ['ab?c', 'a'],
  ['a|b', 'a'],
  ['(a)', ''],
])('what the names of %s begin with', async (source, prefix) => {
  expect((await regexPattern(source, 'regexp')).prefix).toBe(prefix);
});

test('what is captured', async () => {
  const named = await regexPattern('(app)-(?P<version>[0-9.]+)\\.tgz', 'regexp');
  expect(named.capture('app-1.2.tgz')).toBe('1.2');
  expect((await regexPattern('app-(.*)\\.tgz', 'regexp')).capture('app-1.2.tgz')).toBe('1.2');
  expect((await regexPattern('app', 'regexp')).capture('app')).toBeUndefined();
});

test('no regular expression', async () => {
  expect(regexPattern('a(', 'regexp')).rejects.toBeInstanceOf(CodedError);
});
