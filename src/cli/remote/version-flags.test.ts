import { expect, test } from 'bun:test';
import { readVersion, readVersions } from './version-flags.ts';

test('fields of one version', () => {
  expect(readVersion(['ref=a=b', 'branch=main'], 'git.a')).toEqual({ ref: 'a=b', branch: 'main' });
});

test('fields of several resources', () => {
  expect(readVersions(['git.a=ref=1', 'git.b=ref=2', 'git.a=branch=main'])).toEqual({
    'git.a': { ref: '1', branch: 'main' },
    'git.b': { ref: '2' },
  });
  expect(readVersions([])).toEqual({});
});

test.each([
  ['nothing', () => readVersion([], 'git.a'), 'usage.missing'],
  ['no field', () => readVersion(['4f2a'], 'git.a'), 'usage.bad_value'],
  ['no value', () => readVersion(['ref='], 'git.a'), 'usage.bad_value'],
  ['no name', () => readVersion(['=4f2a'], 'git.a'), 'usage.bad_value'],
  ['a field twice', () => readVersion(['ref=1', 'ref=2'], 'git.a'), 'usage.bad_value'],
  ['no resource', () => readVersions(['ref=4f2a']), 'usage.bad_value'],
])('%s', (_name, read, code) => {
  expect(read).toThrow(expect.objectContaining({ code }));
});
