import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { packLog, unpackLog } from './packed-log.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a log is kept in far fewer bytes, and read as it was', () => {
  const log = bytes(Array.from({ length: 2_000 }, (_, n) => `${n} [INFO] compiling module-${n * 31}.ts\n`).join(''));
  const packed = packLog(log);
  expect(packed.byteLength).toBeLessThan(log.byteLength / 4);
  expect(Buffer.from(unpackLog(packed, log.byteLength)).equals(Buffer.from(log))).toBe(true);
});

test.each([
  ['nothing', new Uint8Array()],
  ['a line', bytes('ready\n')],
  ['noise', new Uint8Array(randomBytes(100_000))],
])('%s stays as it is, as what was written before anything was packed', (_, log) => {
  expect(packLog(log)).toBe(log);
  expect(unpackLog(log, log.byteLength)).toBe(log);
});

test('what is damaged is not shown', () => {
  const log = bytes('the same line again\n'.repeat(500));
  const packed = packLog(log);
  expect(() => unpackLog(packed.subarray(0, -4), log.byteLength)).toThrow(
    'a piece of a log in the database is damaged',
  );
  expect(() => unpackLog(packed, log.byteLength + 1)).toThrow('a piece of a log in the database is damaged');
  expect(() => unpackLog(packed, 1_000_000)).toThrow('a piece of a log in the database is damaged');
});
