/**
 * Blobs in the database, in chunks, for when there is nothing else that all servers share. Row first and marked as incomplete, then the
 * chunks, then the mark is taken off: what a killed process left is listed, and so it is collected.
 */
import { open } from 'node:fs/promises';
import { type BlobEntry, type BlobStat, type BlobStore, blobNotFound, type Digest } from '../blobs.ts';
import { fileTrouble } from '../file-trouble.ts';

/** What this needs of the store. Each call is one short transaction. */
export interface BlobRows {
  /** Says whether it is there whole; if not, makes its row. Of one that is whole the time is made new. */
  beginBlob(digest: Digest, size: number, now: number): Promise<{ readonly complete: boolean }>;
  /** A chunk that is there already stays as it is: it has the same bytes. */
  saveBlobChunk(digest: Digest, chunk: number, bytes: Uint8Array): Promise<void>;
  /** False when it is not there whole. */
  renewBlob(digest: Digest, now: number): Promise<boolean>;
  completeBlob(digest: Digest, now: number): Promise<void>;
  readBlobChunk(digest: Digest, chunk: number): Promise<Uint8Array | undefined>;
  statBlob(digest: Digest): Promise<(BlobStat & { readonly complete: boolean }) | undefined>;
  /**
   * Marks it as incomplete, takes away some of its chunks, and the row with the last ones. `more`: there is more to take away. `kept`: it was put, or made
   * new, since `putBefore`.
   */
  deleteBlobPart(digest: Digest, putBefore?: number): Promise<'gone' | 'more' | 'kept'>;
  listBlobs(after: Digest, limit: number): Promise<readonly BlobEntry[]>;
}

/** Part of the format: a chunk's number follows from an offset. */
export const CHUNK_BYTES = 512 * 1024;

export function createDatabaseBlobs(rows: BlobRows, now: () => number): BlobStore {
  return {
    async put(digest, file) {
      if ((await rows.beginBlob(digest, file.size, now())).complete) return;
      const handle = await open(file.path).catch((error: unknown) => {
        throw fileTrouble(error, file.path);
      });
      try {
        for (let chunk = 0; chunk * CHUNK_BYTES < file.size; chunk += 1) {
          const bytes = new Uint8Array(Math.min(CHUNK_BYTES, file.size - chunk * CHUNK_BYTES));
          await handle.read(bytes, 0, bytes.byteLength, chunk * CHUNK_BYTES);
          await rows.saveBlobChunk(digest, chunk, bytes);
        }
      } finally {
        await handle.close();
      }
      await rows.completeBlob(digest, now());
    },

    renew: (digest) => rows.renewBlob(digest, now()),

    async get(digest, range) {
      const found = await rows.statBlob(digest);
      if (found === undefined || !found.complete) throw blobNotFound(digest);
      const { start, end } = range ?? { start: 0, end: found.size };
      let at = start;
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            if (at >= end) {
              controller.close();
              return;
            }
            const chunk = Math.floor(at / CHUNK_BYTES);
            const bytes = await rows.readBlobChunk(digest, chunk);
            if (bytes === undefined) throw blobNotFound(digest);
            const from = chunk * CHUNK_BYTES;
            const piece = bytes.subarray(at - from, Math.min(end - from, bytes.byteLength));
            at += piece.byteLength;
            controller.enqueue(piece);
          },
        },
        { highWaterMark: 0 },
      );
    },

    async stat(digest) {
      const found = await rows.statBlob(digest);
      return found?.complete === true ? { size: found.size, putAt: found.putAt } : undefined;
    },

    async delete(digest, putBefore) {
      for (;;) {
        const how = await rows.deleteBlobPart(digest, putBefore);
        if (how !== 'more') return how === 'gone';
      }
    },

    list: ({ after = '', limit }) => rows.listBlobs(after, limit),

    async close() {
      // The store is closed by whoever opened it.
    },
  };
}
