import { expect, test } from 'bun:test';
import { rawAddress } from './raw-address.ts';

test.each([
  ['https://github.com/o/r/blob/main/ci/x.hcl', 'https://raw.githubusercontent.com/o/r/main/ci/x.hcl'],
  ['https://github.com/o/r/blob/main/x.hcl?plain=1#L3', 'https://raw.githubusercontent.com/o/r/main/x.hcl'],
  ['https://gist.github.com/o/0123abc', 'https://gist.github.com/o/0123abc/raw'],
  ['https://git.example.com/g/sub/p/-/blob/v1/x.hcl', 'https://git.example.com/g/sub/p/-/raw/v1/x.hcl'],
  ['https://codeberg.org/o/r/src/branch/main/x.hcl', 'https://codeberg.org/o/r/raw/branch/main/x.hcl'],
  ['https://bitbucket.org/o/r/src/main/x.hcl', 'https://bitbucket.org/o/r/raw/main/x.hcl'],
  ['https://github.com/o/r', undefined],
  ['https://example.com/blob/x.hcl', undefined],
])('%s', (page, raw) => {
  expect(rawAddress(new URL(page))).toBe(raw);
});
