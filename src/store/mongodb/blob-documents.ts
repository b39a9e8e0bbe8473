/**
 * Blobs in collections of their own. A blob's chunks are those of its making: when it is deleted and put again at once, the chunks of then and of now are others, and nobody takes away the
 * wrong ones.
 */
import type { Document } from 'mongodb';
import { z } from 'zod';
import { newId } from '../../lib/ids.ts';
import type { BlobRowStore } from '../blob-rows.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { isTaken } from './mongo-errors.ts';

const [BLOBS, CHUNKS, LEFT] = ['blobs', 'blob_chunks', 'blob_leftovers'] as const;

interface NamedDocument extends Document {
  readonly _id: string;
}
const blobDocument = z.object({
  _id: z.string(),
  size: z.number(),
  complete: z.boolean(),
  put_at: z.number(),
  made: z.string(),
});
const leftDocument = z.object({ _id: z.string(), digest: z.string() });
const chunkDocument = z.object({ bytes: z.instanceof(Uint8Array) });

export function createBlobDocuments(mongo: MongoConnection): BlobRowStore {
  const blobs = () => mongo.collection<NamedDocument>(BLOBS);
  const chunks = () => mongo.collection<NamedDocument>(CHUNKS);
  const left = () => mongo.collection<NamedDocument>(LEFT);

  async function find(digest: string) {
    const { read } = await mongo.concerns();
    const found = await mongo.run(() => blobs().findOne({ _id: digest }, { readConcern: read }));
    return found === null ? undefined : blobDocument.parse(found);
  }

  /** Those of a making that is not there any more. Done again when it was interrupted. */
  async function removeChunks(made: string): Promise<void> {
    const { write } = await mongo.concerns();
    // 0 comes behind / in the order of characters.
    await mongo.run(() => chunks().deleteMany({ _id: { $gte: `${made}/`, $lt: `${made}0` } }, { writeConcern: write }));
    await mongo.run(() => left().deleteOne({ _id: made }));
  }

  /** Of deletions that were interrupted. */
  async function removeLeftovers(): Promise<void> {
    const found = await mongo.run(() => left().find().toArray());
    for (const { _id: made, digest } of found.map((document) => leftDocument.parse(document))) {
      if ((await find(digest))?.made !== made) await removeChunks(made);
    }
  }

  async function set(digest: string, more: object, values: object): Promise<boolean> {
    const { write } = await mongo.concerns();
    const done = await mongo.run(() =>
      blobs().updateOne({ _id: digest, ...more }, { $set: values }, { writeConcern: write }),
    );
    return done.matchedCount > 0;
  }

  return {
    async beginBlob(digest, size, now) {
      const { write } = await mongo.concerns();
      for (;;) {
        try {
          await mongo.run(() =>
            blobs().updateOne(
              { _id: digest },
              { $set: { put_at: now }, $setOnInsert: { size, complete: false, made: newId() } },
              { upsert: true, writeConcern: write },
            ),
          );
          break;
        } catch (error) {
          // Two at once: it is there now.
          if (!isTaken(error)) throw error;
        }
      }
      return { complete: (await find(digest))?.complete ?? false };
    },
    async saveBlobChunk(digest, chunk, bytes) {
      const blob = await find(digest);
      if (blob === undefined) return;
      const { write } = await mongo.concerns();
      const { made } = blob;
      await mongo
        .run(() => chunks().insertOne({ _id: `${made}/${chunk}`, bytes }, { writeConcern: write }))
        .catch((error: unknown) => {
          if (!isTaken(error)) throw error;
        });
    },
    renewBlob: (digest, now) => set(digest, { complete: true }, { put_at: now }),
    async completeBlob(digest, now) {
      await set(digest, {}, { complete: true, put_at: now });
    },
    async readBlobChunk(digest, chunk) {
      const blob = await find(digest);
      if (blob === undefined) return undefined;
      const { read } = await mongo.concerns();
      const found = await mongo.run(() => chunks().findOne({ _id: `${blob.made}/${chunk}` }, { readConcern: read }));
      return found === null ? undefined : chunkDocument.parse(found).bytes;
    },
    async statBlob(digest) {
      const blob = await find(digest);
      return blob && { size: blob.size, putAt: blob.put_at, complete: blob.complete };
    },
    async deleteBlobPart(digest, putBefore = Number.MAX_SAFE_INTEGER) {
      const blob = await find(digest);
      if (blob === undefined) return 'gone';
      if (blob.put_at >= putBefore) return 'kept';
      const { made } = blob;
      const { write } = await mongo.concerns();
      await mongo.run(() =>
        left().updateOne({ _id: made }, { $set: { digest } }, { upsert: true, writeConcern: write }),
      );
      const done = await mongo.run(() =>
        blobs().deleteOne({ _id: digest, made, put_at: { $lt: putBefore } }, { writeConcern: write }),
      );
      if (done.deletedCount === 0) {
        await mongo.run(() => left().deleteOne({ _id: made }));
        return 'kept';
      }
      await removeChunks(made);
      return 'gone';
    },
    async listBlobs(after, limit) {
      if (after === '') await removeLeftovers();
      const { read } = await mongo.concerns();
      const found = await mongo.run(() =>
        blobs()
          .find({ _id: { $gt: after } }, { sort: { _id: 1 }, limit, readConcern: read })
          .toArray(),
      );
      return found
        .map((document) => blobDocument.parse(document))
        .map(({ _id, size, put_at }) => ({ digest: _id, size, putAt: put_at }));
    },
  };
}
