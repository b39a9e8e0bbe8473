/** What every adapter of the blobs port must do. An adapter's test file calls this with a way to make an empty place. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobStore, ByteRange, Digest } from '../blobs.ts';

export interface BlobPlace {
  readonly blobs: BlobStore;
  /** How many of the adapter's own pieces a blob of this size is made of is its business; a size that needs several. */
  readonly severalPieces: number;
  dispose(): Promise<void>;
}

export function describeBlobs(name: string, create: (directory: string) => Promise<BlobPlace>): void {
  describe(name, () => {
    let directory: string;
    let place: BlobPlace;
    let blobs: BlobStore;

    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'pikoci-blobs-'));
      place = await create(directory);
      blobs = place.blobs;
    });
    afterEach(async () => {
      await blobs.close();
      await place.dispose();
      rmSync(directory, { recursive: true, force: true });
    });

    async function put(bytes: Uint8Array): Promise<Digest> {
      const digest = createHash('sha256').update(bytes).digest('hex');
      const path = join(directory, `source-${randomBytes(4).toString('hex')}`);
      writeFileSync(path, bytes);
      await blobs.put(digest, { path, size: bytes.byteLength });
      rmSync(path);
      return digest;
    }

    const read = async (digest: Digest, range?: ByteRange): Promise<Buffer> => {
      const parts: Uint8Array[] = [];
      for await (const part of await blobs.get(digest, range)) parts.push(part);
      return Buffer.concat(parts);
    };

    test('gives back what was put, and knows its size', async () => {
      const before = Date.now();
      const digest = await put(Buffer.from('hello'));
      expect((await read(digest)).toString()).toBe('hello');
      const found = await blobs.stat(digest);
      expect(found?.size).toBe(5);
      // Some places keep whole seconds.
      expect(found?.putAt).toBeGreaterThanOrEqual(before - 1_000);
    });

    test('nothing at all is a blob too', async () => {
      const digest = await put(new Uint8Array());
      expect(await read(digest)).toHaveLength(0);
      expect((await blobs.stat(digest))?.size).toBe(0);
    });

    test('gives any range of one that is made of several pieces', async () => {
      const bytes = randomBytes(place.severalPieces);
      const digest = await put(bytes);
      expect((await read(digest)).equals(bytes)).toBe(true);
      const half = Math.floor(bytes.byteLength / 2);
      for (const [start, end] of [
        [0, 1],
        [half - 100_000, half + 100_000],
        [bytes.byteLength - 1, bytes.byteLength],
        [5, 5],
      ] as const) {
        expect((await read(digest, { start, end })).equals(bytes.subarray(start, end))).toBe(true);
      }
    });

    test('putting one again changes nothing, and so does putting one twice at once', async () => {
      const bytes = randomBytes(100_000);
      const digests = await Promise.all([put(bytes), put(bytes)]);
      expect(new Set([...digests, await put(bytes)]).size).toBe(1);
      expect((await read(digests[0])).equals(bytes)).toBe(true);
      expect(await blobs.list({ limit: 10 })).toHaveLength(1);
    });

    test('one that is there can be made new', async () => {
      const digest = await put(Buffer.from('hello'));
      expect(await blobs.renew(digest)).toBe(true);
      expect(await blobs.renew('ab'.repeat(32))).toBe(false);
      expect((await read(digest)).toString()).toBe('hello');
    });

    test('what is not there is said so', async () => {
      const digest = 'ab'.repeat(32);
      expect(await blobs.stat(digest)).toBeUndefined();
      expect(read(digest)).rejects.toMatchObject({ code: 'blobs.not_found' });
      expect(await blobs.delete(digest)).toBe(true);
    });

    test('of one that was made new since then nothing is deleted', async () => {
      const bytes = randomBytes(place.severalPieces);
      const digest = await put(bytes);
      const { putAt = 0 } = (await blobs.stat(digest)) ?? {};
      expect(await blobs.delete(digest, putAt)).toBe(false);
      expect((await read(digest)).equals(bytes)).toBe(true);
      expect(await blobs.delete(digest, putAt + 1_000)).toBe(true);
      expect(await blobs.stat(digest)).toBeUndefined();
      expect(await blobs.delete(digest, putAt)).toBe(true);
    });

    test('one that was deleted is gone, and can come back', async () => {
      const bytes = randomBytes(place.severalPieces);
      const digest = await put(bytes);
      await blobs.delete(digest);
      expect(await blobs.stat(digest)).toBeUndefined();
      expect(await blobs.list({ limit: 10 })).toEqual([]);
      await put(bytes);
      expect((await read(digest)).equals(bytes)).toBe(true);
    });

    test('lists all in order, page by page', async () => {
      const digests = await Promise.all(Array.from({ length: 7 }, (_, n) => put(Buffer.from(`blob ${n}`))));
      const seen: Digest[] = [];
      for (;;) {
        const page = await blobs.list({ after: seen.at(-1), limit: 3 });
        seen.push(...page.map((entry) => entry.digest));
        if (page.length < 3) break;
      }
      expect(seen).toEqual(digests.toSorted());
      expect((await blobs.list({ limit: 1 }))[0]).toMatchObject({ size: 6, putAt: expect.any(Number) });
    });

    test('a reader that goes away early leaves nothing open', async () => {
      const digest = await put(randomBytes(place.severalPieces));
      for (let n = 0; n < 5; n += 1) {
        const reader = (await blobs.get(digest)).getReader();
        expect((await reader.read()).done).toBe(false);
        await reader.cancel();
      }
      await blobs.delete(digest);
    });
  });
}
