import { expect, test } from 'bun:test';
import { createCappedOutput } from './capped-output.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function capped(pieces: readonly string[]): Promise<{ before: string; after: string }> {
  const parts: string[] = [];
  const output = createCappedOutput(
    async (piece) => {
      parts.push(new TextDecoder().decode(piece));
    },
    { firstBytes: 20, lastBytes: 30 },
  );
  for (const piece of pieces) await output.write(bytes(piece));
  const before = parts.join('');
  await output.finish();
  return { before, after: parts.join('').slice(before.length) };
}

test('what is short goes through as it comes', async () => {
  expect(await capped(['one\n', 'two\n'])).toEqual({ before: 'one\ntwo\n', after: '' });
});

test('of what is long the beginning comes at once and the end at the end, in whole lines', async () => {
  const lines = Array.from({ length: 5_000 }, (_, at) => `line ${at}\n`);
  const { before, after } = await capped(lines);
  expect(before).toStartWith('line 0\nline 1\nline 2');
  expect(before).toEndWith('(this log is long: only its end follows, when the service has ended)\n');
  expect(after).toBe('(48 KiB are left out here)\nline 4998\nline 4999\n');
});

test('one that is just over the limit loses nothing', async () => {
  const { before, after } = await capped(['0123456789', '0123456789abc\n']);
  expect(before + after).toBe(
    '01234567890123456789\n(this log is long: only its end follows, when the service has ended)\nabc\n',
  );
});
