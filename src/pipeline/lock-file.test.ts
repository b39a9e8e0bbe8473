import { describe, expect, test } from 'bun:test';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { type LockEntry, lockFileOf, readLock, writeLock } from './lock-file.ts';

const fetched: LockEntry = {
  kind: 'resource_type',
  address: 'https://example.org/x.hcl',
  sha256: 'ab'.repeat(32),
  size: 312,
  lockedAt: '2026-01-02T03:04:05.000Z',
};
const builtin: LockEntry = { ...fetched, kind: 'runner_type', address: 'pikoci://docker', pikoci: '0.1.0' };

function read(text: string): { entries: readonly LockEntry[] | undefined; said: string[] } {
  const diagnostics: Diagnostic[] = [];
  const lock = readLock(text, 'p.lock.hcl', (diagnostic) => diagnostics.push(diagnostic));
  return {
    entries: lock?.entries,
    said: diagnostics.map(({ code, subject }) => `${subject?.start.line} ${code}`),
  };
}

test.each([
  ['pipeline.hcl', 'pipeline.lock.hcl'],
  ['.pikoci.hcl', '.pikoci.lock.hcl'],
  ['ci/Build.HCL', 'ci/Build.lock.hcl'],
  ['Pikofile', 'Pikofile.lock.hcl'],
])('%s has %s', (main, lock) => {
  expect(lockFileOf(main)).toBe(lock);
});

test('reads as the formatter writes, in the same order whatever comes first', () => {
  const text = writeLock('p.hcl', [builtin, fetched]);
  expect(text).toBe(writeLock('p.hcl', [fetched, builtin]));
  expect(text).toBe(`# Written by pikoci lock: what the sources of p.hcl held. Keep it with the pipeline.
# To take what an address holds now: pikoci lock --update ADDRESS

format = 1

source "resource_type" "https://example.org/x.hcl" {
  sha256    = "${'ab'.repeat(32)}"
  size      = 312
  locked_at = "2026-01-02T03:04:05.000Z"
}

source "runner_type" "pikoci://docker" {
  sha256    = "${'ab'.repeat(32)}"
  size      = 312
  locked_at = "2026-01-02T03:04:05.000Z"
  pikoci    = "0.1.0"
}
`);
  expect(read(text)).toEqual({ entries: [{ ...fetched, pikoci: undefined }, builtin], said: [] });
});

test.each(['https://x/"quoted"', 'https://x/back\\slash', 'https://x/ü?a=1&b=%7B', 'https://x/%{y}', 'https://x/${y}'])(
  'the address %s comes back as it was',
  (address) => {
    expect(read(writeLock('p.hcl', [{ ...fetched, address }])).entries).toMatchObject([{ address }]);
  },
);

test('the same address under two kinds is two entries', () => {
  const [one, other] = [{ ...builtin, kind: 'resource_type' as const }, builtin];
  expect(read(writeLock('p.hcl', [other, one])).entries).toEqual([one, other]);
});

describe('a broken one', () => {
  const entry = (attributes: string, kind = 'resource_type') =>
    `format = 1\nsource "${kind}" "https://x" {\n${attributes}\n}\n`;
  const good = `sha256 = "${'0'.repeat(64)}"\nsize = 1\nlocked_at = "2026-01-02T03:04:05Z"`;
  test.each([
    ['empty', '', '1 broken-lock'],
    ['of a later version', 'format = 2', '1 broken-lock'],
    ['of no version', 'format = "one"', '1 broken-lock'],
    ['not HCL', 'format = 1\nsource "', '2 unclosed-string'],
    ['a merge left open', 'format = 1\n<<<<<<< ours\n=======\n>>>>>>> theirs\n', '1 broken-lock'],
    ['an unknown kind', entry(good, 'reource_type'), '2 broken-lock'],
    ['one label', `format = 1\nsource "https://x" {\n${good}\n}`, '2 wrong-labels'],
    ['no sum', entry('size = 1\nlocked_at = "2026-01-02T03:04:05Z"'), '2 broken-lock'],
    ['half a sum', entry(good.replace('0000', '')), '2 broken-lock'],
    ['a size that is none', entry(good.replace('size = 1', 'size = "big"')), '2 broken-lock'],
    ['a time that is none', entry(good.replace('2026', 'year')), '2 broken-lock'],
    ['an expression', entry(good.replace('size = 1', 'size = var.x')), '2 broken-lock'],
    ['something else in it', entry(`${good}\nsha1 = "x"`), '6 unknown-attribute'],
    ['another block', 'format = 1\njob "x" {}', '2 unknown-block'],
    ['the same twice', entry(good) + entry(good).replace('format = 1\n', ''), '7 broken-lock'],
  ])('%s', (_, text, said) => {
    expect(read(text)).toEqual({ entries: undefined, said: [said] });
  });
});
