import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { packLines, unpackLines } from './packed-lines.ts';

async function* linesOf(...lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function write(path: string, lines: AsyncGenerator<string>): Promise<void> {
  writeFileSync(path, Buffer.concat(await Array.fromAsync(packLines(lines))));
}

const read = (path: string): Promise<string[]> => Array.fromAsync(unpackLines(path));

test('lines come back as they were', async () => {
  await using place = temporaryDirectory('lines');
  const path = join(place.path, 'file');
  const lines = ['', 'one', 'ä'.repeat(100_000), randomBytes(300_000).toString('base64'), ''];
  await write(path, linesOf(...lines));
  expect(await read(path)).toEqual(lines);
  await write(path, linesOf());
  expect(await read(path)).toEqual([]);
});

test('a file that is cut off, changed, foreign, empty or not there is told apart', async () => {
  await using place = temporaryDirectory('lines');
  const path = join(place.path, 'file');
  await write(path, linesOf('one', randomBytes(50_000).toString('base64'), 'three'));
  const whole = readFileSync(path);
  const codeOf = async (bytes: Uint8Array): Promise<unknown> => {
    writeFileSync(path, bytes);
    return await read(path).catch((error: unknown) => (error as { code?: string }).code ?? error);
  };
  for (const size of [11, 100, 20_000, whole.length - 9, whole.length - 1]) {
    expect([size, await codeOf(whole.subarray(0, size))]).toEqual([size, 'lines.damaged']);
  }
  const changed = Buffer.from(whole);
  changed[20_000] = (changed[20_000] ?? 0) ^ 1;
  expect(await codeOf(changed)).toBe('lines.damaged');
  // Packed well, and said by somebody else.
  expect(await codeOf(gzipSync(gunzipSync(whole).toString().replace('three', 'four')))).toBe('lines.damaged');
  expect(await codeOf(gzipSync('no line'))).toBe('lines.damaged');
  expect(await codeOf(gzipSync(''))).toBe('lines.damaged');
  expect(await codeOf(Buffer.from('a text of somebody'))).toBe('lines.foreign');
  expect(await codeOf(Buffer.from(''))).toBe('lines.foreign');
  expect(await codeOf(whole)).toHaveLength(3);
  await expect(read(join(place.path, 'none'))).rejects.toMatchObject({ code: 'file.not_found' });
  await expect(read(place.path)).rejects.toMatchObject({ code: expect.stringMatching(/^file\./) });
});

test('who stops reading ends whoever makes the lines; what they throw comes out', async () => {
  let ended = false;
  async function* many(): AsyncGenerator<string> {
    try {
      for (;;) yield randomBytes(50_000).toString('base64');
    } finally {
      ended = true;
    }
  }
  for await (const bytes of packLines(many())) if (bytes.length > 0) break;
  expect(ended).toBe(true);

  async function* breaking(): AsyncGenerator<string> {
    yield 'one';
    throw new Error('of the lines');
  }
  await expect(Array.fromAsync(packLines(breaking()))).rejects.toThrow('of the lines');
});
