import { afterAll, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOwnFile } from './own-file.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-own-file-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
writeFileSync(join(root, 'elsewhere'), 'not for you');

function place(): { readonly directory: string; readonly file: string } {
  const directory = mkdtempSync(join(root, 'command-'));
  return { directory, file: join(directory, 'output') };
}

test('a file is read, as far as one wants', () => {
  const { file } = place();
  expect(readOwnFile(file, 100, '$X')).toBe('');
  writeFileSync(file, 'a=é');
  expect(readOwnFile(file, 100, '$X')).toBe('a=é');
  expect(readOwnFile(file, 3, '$X')).toBe('a=');
});

test.each([
  ['a link', ({ file }) => symlinkSync(join(root, 'elsewhere'), file)],
  ['a link that leads nowhere', ({ file }) => symlinkSync('/no/such/place', file)],
  ['a directory', ({ file }) => mkdirSync(file)],
  ['a pipe', ({ file }) => spawnSync('mkfifo', [file])],
  [
    'a link in the place of its directory',
    ({ directory }) => {
      const other = place();
      writeFileSync(other.file, 'not for you');
      renameSync(directory, `${directory}-away`);
      symlinkSync(other.directory, directory);
    },
  ],
] as const satisfies readonly [string, (place: { directory: string; file: string }) => void][])(
  'what is no file is not read: %s',
  (_name, make) => {
    const at = place();
    make(at);
    expect(() => readOwnFile(at.file, 100, '$PIKOCI_SUMMARY')).toThrow(/^\$PIKOCI_SUMMARY is no file any more/);
  },
);
