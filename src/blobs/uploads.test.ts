import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobStore } from './blobs.ts';
import { createFsBlobs } from './fs/fs-blobs.ts';
import { createUploads, type UploadKey } from './uploads.ts';

let dir = '';
let blobs: BlobStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pikoci-uploads-'));
  blobs = createFsBlobs(join(dir, 'blobs'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Again after a restart of the server: nothing is kept in memory. */
const open = (maxBytes = 1_000_000) => createUploads({ directory: join(dir, 'uploads'), blobs, maxBytes });
const staged = (): string[] => readdirSync(join(dir, 'uploads'));

const bytes = randomBytes(100_000);
const key: UploadKey = {
  sender: 'attempt 1',
  digest: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.byteLength,
  known: true,
};

test('comes in pieces, and is a blob when all of it is there', async () => {
  const uploads = open();
  expect(await uploads.begin(key)).toEqual({ offset: 0, complete: false });
  expect(await uploads.append(key, 0, bytes.subarray(0, 60_000))).toBe(60_000);
  expect(uploads.finish(key)).rejects.toMatchObject({ code: 'upload.wrong_offset' });
  expect(await uploads.append(key, 60_000, bytes.subarray(60_000))).toBe(100_000);
  expect(await blobs.stat(key.digest)).toBeUndefined();
  await uploads.finish(key);
  expect((await blobs.stat(key.digest))?.size).toBe(100_000);
  expect(staged()).toEqual([]);
  // Who did not hear the answer asks again.
  await uploads.finish(key);
  expect(await uploads.begin({ ...key, sender: 'another' })).toEqual({ offset: 100_000, complete: true });
});

test('who may not read it has to send it, though it is there', async () => {
  const uploads = open();
  await uploads.append(key, 0, bytes);
  await uploads.finish(key);
  const other = { ...key, sender: 'of another team', known: false };
  expect(await uploads.begin(other)).toEqual({ offset: 0, complete: false });
  expect(uploads.finish(other)).rejects.toMatchObject({ code: 'upload.wrong_offset' });
  await uploads.append(other, 0, bytes);
  await uploads.finish(other);
  expect(staged()).toEqual([]);
});

test('goes on where it was after a restart', async () => {
  await open().append(key, 0, bytes.subarray(0, 60_000));
  const uploads = open();
  expect(await uploads.begin(key)).toEqual({ offset: 60_000, complete: false });
  await uploads.append(key, 60_000, bytes.subarray(60_000));
  await uploads.finish(key);
  expect((await blobs.stat(key.digest))?.size).toBe(100_000);
});

test('a piece that comes twice, too early, or goes too far is refused, and changes nothing', async () => {
  const uploads = open();
  await uploads.append(key, 0, bytes.subarray(0, 50_000));
  for (const [offset, piece] of [
    [0, bytes.subarray(0, 50_000)],
    [70_000, bytes.subarray(70_000)],
    [50_000, bytes],
  ] as const) {
    expect(uploads.append(key, offset, piece)).rejects.toMatchObject({ code: 'upload.wrong_offset' });
  }
  const both = await Promise.allSettled([1, 2].map(() => uploads.append(key, 50_000, bytes.subarray(50_000))));
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  await uploads.finish(key);
});

test('what is not what it should be is thrown away', async () => {
  const uploads = open();
  const wrong = Buffer.from(bytes);
  wrong[77] = (wrong[77] ?? 0) ^ 1;
  await uploads.append(key, 0, wrong);
  expect(uploads.finish(key)).rejects.toMatchObject({ code: 'upload.wrong_digest' });
  expect(await uploads.begin(key)).toEqual({ offset: 0, complete: false });
  // Broken on the disk between two starts.
  await uploads.append(key, 0, bytes.subarray(0, 99_999));
  appendFileSync(join(dir, 'uploads', staged()[0] ?? ''), 'x');
  expect(open().finish(key)).rejects.toMatchObject({ code: 'upload.wrong_digest' });
  expect(await blobs.stat(key.digest)).toBeUndefined();
});

test('what is too large is refused before a byte of it is taken', async () => {
  const uploads = open(99_999);
  expect(uploads.begin(key)).rejects.toMatchObject({
    code: 'upload.too_large',
    hint: expect.stringContaining('--max-artifact-size'),
  });
  expect(uploads.append({ ...key, size: 10 }, 0, bytes)).rejects.toMatchObject({ code: 'upload.too_large' });
});

test('senders do not mix, and an empty one works', async () => {
  const uploads = open();
  await uploads.append(key, 0, bytes.subarray(0, 10));
  expect(await uploads.begin({ ...key, sender: 'attempt 2' })).toMatchObject({ offset: 0 });
  const empty = { sender: 'a', digest: createHash('sha256').digest('hex'), size: 0, known: true };
  await uploads.begin(empty);
  await uploads.finish(empty);
  expect((await blobs.stat(empty.digest))?.size).toBe(0);
});

test('what nobody goes on with is swept', async () => {
  const uploads = open();
  await uploads.append(key, 0, bytes.subarray(0, 10));
  await uploads.sweep(Date.now() - 60_000);
  expect(staged()).toHaveLength(1);
  utimesSync(join(dir, 'uploads', staged()[0] ?? ''), 1, 1);
  await uploads.sweep(Date.now() - 60_000);
  expect(staged()).toEqual([]);
  expect(await uploads.begin(key)).toEqual({ offset: 0, complete: false });
});
