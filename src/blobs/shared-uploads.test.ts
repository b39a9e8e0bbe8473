import { expect, test } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/servers/temporary-directory.ts';
import { createFsBlobs } from './fs/fs-blobs.ts';
import { createSharedUploads, type UploadLengths } from './shared-uploads.ts';
import type { UploadKey } from './uploads.ts';

/** Two servers with one place of blobs. */
function twoServers() {
  const directory = temporaryDirectory('uploads');
  const blobs = createFsBlobs(join(directory.path, 'blobs'));
  const known = new Map<string, number>();
  const lengths: UploadLengths = {
    read: async (upload) => known.get(upload) ?? 0,
    move: async (upload, from, to) => {
      if ((known.get(upload) ?? 0) !== from) return false;
      known.set(upload, to);
      return true;
    },
    forget: async (upload) => void known.delete(upload),
  };
  const server = (name: string) =>
    createSharedUploads({ directory: join(directory.path, name), blobs, lengths, maxBytes: 10_000 });
  return {
    directory,
    blobs,
    known,
    one: server('one'),
    two: server('two'),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const keyOf = (bytes: Uint8Array, more: Partial<UploadKey> = {}): UploadKey => ({
  ...{ sender: 'attempt', digest: digestOf(bytes), size: bytes.byteLength, known: false },
  ...more,
});
const bytesOf = async (stream: ReadableStream<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(await new Response(stream).arrayBuffer());

test('pieces that reach one server and the other become one blob, and nothing else is left', async () => {
  await using farm = twoServers();
  const { one, two, blobs } = farm;
  const bytes = randomBytes(2_500);
  const key = keyOf(bytes);
  expect(await one.begin(key)).toEqual({ offset: 0, complete: false });
  expect(await one.append(key, 0, bytes.subarray(0, 1_000))).toBe(1_000);
  // It was cut off, and asks the other how much is there.
  expect(await two.begin(key)).toEqual({ offset: 1_000, complete: false });
  await expect(two.append(key, 0, bytes.subarray(0, 1_000))).rejects.toMatchObject({ code: 'upload.wrong_offset' });
  expect(await two.append(key, 1_000, bytes.subarray(1_000, 2_000))).toBe(2_000);
  await expect(one.finish(key)).rejects.toMatchObject({ code: 'upload.wrong_offset' });
  const same = await Promise.allSettled([one, two].map((server) => server.append(key, 2_000, bytes.subarray(2_000))));
  expect(same.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await two.finish(key);
  expect(await bytesOf(await blobs.get(key.digest))).toEqual(new Uint8Array(bytes));
  expect((await blobs.list({ limit: 10 })).map(({ digest }) => digest)).toEqual([key.digest]);
  expect(farm.known.size).toBe(0);
  for (const name of ['one', 'two']) expect(readdirSync(join(farm.directory.path, name))).toEqual([]);
  expect(await one.begin({ ...key, known: true })).toEqual({ offset: 2_500, complete: true });
});

test('what is not what was sent is thrown away, and what is too large is refused', async () => {
  await using farm = twoServers();
  const { one, two, blobs } = farm;
  const bytes = randomBytes(100);
  const key = keyOf(bytes, { digest: digestOf(randomBytes(1)) });
  await one.append(key, 0, bytes);
  await expect(two.finish(key)).rejects.toMatchObject({ code: 'upload.wrong_digest' });
  expect(await blobs.list({ limit: 10 })).toEqual([]);
  expect(await one.begin(key)).toEqual({ offset: 0, complete: false });
  await expect(one.begin(keyOf(bytes, { size: 10_001 }))).rejects.toMatchObject({ code: 'upload.too_large' });
});

test('a piece that was collected meanwhile is sent again', async () => {
  await using farm = twoServers();
  const { one, two, blobs } = farm;
  const bytes = randomBytes(300);
  const key = keyOf(bytes);
  await one.append(key, 0, bytes.subarray(0, 200));
  await one.append(key, 200, bytes.subarray(200));
  for (const { digest, size } of await blobs.list({ limit: 10 })) if (size === 200) await blobs.delete(digest);
  await expect(two.finish(key)).rejects.toMatchObject({ code: 'upload.wrong_offset' });
  expect(await two.begin(key)).toEqual({ offset: 0, complete: false });
  await two.append(key, 0, bytes.subarray(0, 200));
  await one.append(key, 200, bytes.subarray(200));
  await one.finish(key);
  expect(await bytesOf(await blobs.get(key.digest))).toEqual(new Uint8Array(bytes));
});

test('of nothing, there is an empty blob', async () => {
  await using farm = twoServers();
  const key = keyOf(new Uint8Array());
  await farm.one.finish(key);
  expect(await farm.blobs.stat(key.digest)).toMatchObject({ size: 0 });
});
