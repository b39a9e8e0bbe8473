import { expect, test } from 'bun:test';
import { BATCH_BYTES, createLogBatcher, unfinishedCharacter } from './log-batcher.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function collect(): { sent: Uint8Array[]; send: (piece: Uint8Array) => Promise<void> } {
  const sent: Uint8Array[] = [];
  return {
    sent,
    send: async (piece) => {
      sent.push(piece.slice());
    },
  };
}

test('the first bytes leave at once, what follows leaves together', async () => {
  const { sent, send } = collect();
  const batcher = createLogBatcher(send);
  await batcher.write(bytes('a'));
  await Promise.resolve();
  expect(sent.map(String)).toEqual([String(bytes('a'))]);
  await batcher.write(bytes('b'));
  await batcher.write(bytes('c'));
  expect(sent).toHaveLength(1);
  await batcher.flush();
  expect(Buffer.concat(sent).toString()).toBe('abc');
  expect(sent).toHaveLength(2);
});

test('no piece is larger than 256 KiB and none splits a character', async () => {
  const { sent, send } = collect();
  const batcher = createLogBatcher(send);
  const text = '€'.repeat(300_000);
  const all = bytes(text);
  for (let at = 0; at < all.byteLength; at += 65_536) await batcher.write(all.subarray(at, at + 65_536));
  await batcher.flush();
  expect(Math.max(...sent.map((piece) => piece.byteLength))).toBeLessThanOrEqual(BATCH_BYTES);
  const strict = new TextDecoder('utf-8', { fatal: true });
  expect(sent.map((piece) => strict.decode(piece)).join('')).toBe(text);
});

test('bytes that are no text come through unchanged', async () => {
  const { sent, send } = collect();
  const batcher = createLogBatcher(send);
  const all = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7) % 256);
  for (let at = 0; at < all.byteLength; at += 11) await batcher.write(all.subarray(at, at + 11));
  await batcher.flush();
  expect(Buffer.concat(sent).equals(Buffer.from(all))).toBe(true);
});

test('who writes waits while what was written cannot be sent', async () => {
  const gate = Promise.withResolvers<void>();
  const batcher = createLogBatcher(() => gate.promise);
  await batcher.write(new Uint8Array(1));
  let released = false;
  const blocked = batcher.write(new Uint8Array(BATCH_BYTES)).then(() => {
    released = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(released).toBe(false);
  gate.resolve();
  await blocked;
  await batcher.flush();
});

test('an error of the sender reaches who writes', async () => {
  const batcher = createLogBatcher(() => Promise.reject(new Error('no room')));
  await batcher.write(bytes('a'));
  await expect(batcher.flush()).rejects.toThrow('no room');
});

test.each([
  ['', 0],
  ['a', 0],
  ['ü', 0],
  ['€', 0],
  ['😀', 0],
])('a complete %p holds nothing back', (text, held) => {
  expect(unfinishedCharacter(bytes(text))).toBe(held);
});

test.each([
  ['ü', 1, 1],
  ['€', 1, 1],
  ['€', 2, 2],
  ['😀', 3, 3],
])('%p cut after %d bytes holds them back', (text, cut, held) => {
  expect(unfinishedCharacter(bytes(`x${text}`).subarray(0, 1 + cut))).toBe(held);
});
