import type { BlobRowStore } from '../blob-rows.ts';
import { flag, type SqlContext, write } from './context.ts';

/** How many chunks one transaction takes away. */
const DELETE_CHUNKS = 32;

export function createBlobRowStore(context: SqlContext): BlobRowStore {
  const { db, dialect } = context;
  return {
    beginBlob: (digest, size, now) =>
      write(context, async (trx) => {
        const made = { digest, size, complete: flag(false), put_at: now };
        await dialect.ignoreTaken(trx.insertInto('blobs').values(made)).execute();
        await trx.updateTable('blobs').set({ put_at: now }).where('digest', '=', digest).execute();
        const row = await trx
          .selectFrom('blobs')
          .select('complete')
          .where('digest', '=', digest)
          .executeTakeFirstOrThrow();
        return { complete: row.complete === 1 };
      }),
    saveBlobChunk: (digest, chunk, bytes) =>
      write(context, async (trx) => {
        await dialect.ignoreTaken(trx.insertInto('blob_chunks').values({ digest, chunk, bytes })).execute();
      }),
    renewBlob: (digest, now) =>
      write(context, async (trx) => {
        const renewed = await trx
          .updateTable('blobs')
          .set({ put_at: now })
          .where('digest', '=', digest)
          .where('complete', '=', flag(true))
          .executeTakeFirst();
        return renewed.numUpdatedRows > 0n;
      }),
    completeBlob: (digest, now) =>
      write(context, async (trx) => {
        await trx
          .updateTable('blobs')
          .set({ complete: flag(true), put_at: now })
          .where('digest', '=', digest)
          .execute();
      }),
    async readBlobChunk(digest, chunk) {
      const row = await db
        .selectFrom('blob_chunks')
        .select('bytes')
        .where('digest', '=', digest)
        .where('chunk', '=', chunk)
        .executeTakeFirst();
      return row?.bytes;
    },
    async statBlob(digest) {
      const row = await db.selectFrom('blobs').selectAll().where('digest', '=', digest).executeTakeFirst();
      return row && { size: row.size, putAt: row.put_at, complete: row.complete === 1 };
    },
    deleteBlobPart: (digest, putBefore = Number.MAX_SAFE_INTEGER) =>
      write(context, async (trx) => {
        await trx
          .updateTable('blobs')
          .set({ complete: flag(false) })
          .where('digest', '=', digest)
          .where('put_at', '<', putBefore)
          .execute();
        const row = await trx.selectFrom('blobs').select('put_at').where('digest', '=', digest).executeTakeFirst();
        if (row === undefined) return 'gone';
        if (row.put_at >= putBefore) return 'kept';
        const chunks = await trx
          .selectFrom('blob_chunks')
          .select('chunk')
          .where('digest', '=', digest)
          .orderBy('chunk')
          .limit(DELETE_CHUNKS)
          .execute();
        if (chunks.length > 0) {
          await trx
            .deleteFrom('blob_chunks')
            .where('digest', '=', digest)
            .where(
              'chunk',
              'in',
              chunks.map((row) => row.chunk),
            )
            .execute();
        }
        if (chunks.length === DELETE_CHUNKS) return 'more';
        await trx.deleteFrom('blobs').where('digest', '=', digest).execute();
        return 'gone';
      }),
    async listBlobs(after, limit) {
      const rows = await db
        .selectFrom('blobs')
        .select(['digest', 'size', 'put_at'])
        .where('digest', '>', after)
        .orderBy('digest')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ digest: row.digest, size: row.size, putAt: row.put_at }));
    },
  };
}
