/**
 * Blobs on their way in, where the next piece may reach another server: pieces lie in the place of blobs itself, each under a name of its own, and how many
 * bytes are there is known to all servers. Otherwise as in uploads.ts: in pieces, each acknowledged, and a blob only when all of it is there and right.
 *
 * A piece that nobody comes back for is collected as any blob that nothing refers to.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import type { BlobStore } from './blobs.ts';
import { fileTrouble } from './file-trouble.ts';
import { checkUploadSize, isComplete, type UploadKey, type Uploads, wrongDigest, wrongOffset } from './uploads.ts';

/** How many bytes of an upload are there, as all servers know it. */
export interface UploadLengths {
  read(upload: string): Promise<number>;
  /** Whether it was `from`, and now is `to`. */
  move(upload: string, from: number, to: number): Promise<boolean>;
  forget(upload: string): Promise<void>;
}

export function createSharedUploads(options: {
  /** For files that do not outlive a call. */
  readonly directory: string;
  readonly blobs: BlobStore;
  readonly lengths: UploadLengths;
  readonly maxBytes: number;
}): Uploads {
  const { directory, blobs, lengths, maxBytes } = options;

  const uploadOf = ({ sender, digest, size }: UploadKey): string =>
    createHash('sha256')
      .update(JSON.stringify([sender, digest, size]))
      .digest('hex');
  const pieceOf = (upload: string, offset: number): string =>
    createHash('sha256').update(`piece of ${upload} at ${offset}`).digest('hex');

  async function inFile<T>(work: (path: string) => Promise<T>): Promise<T> {
    const path = join(directory, newId());
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return await work(path);
    } catch (error) {
      throw error instanceof CodedError ? error : fileTrouble(error, 'the directory of uploads');
    } finally {
      await rm(path, { force: true });
    }
  }

  async function write(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const part of parts) await file.appendFile(part);
    } finally {
      await file.close();
    }
  }

  /** Throws `upload.wrong_offset` for a piece that is gone: then the upload begins anew. */
  async function* pieces(
    upload: string,
    size: number,
  ): AsyncGenerator<{ digest: string; bytes: ReadableStream<Uint8Array> }> {
    for (let offset = 0; offset < size; ) {
      const digest = pieceOf(upload, offset);
      const found = await blobs.stat(digest);
      if (found === undefined || found.size === 0) {
        await lengths.forget(upload);
        throw wrongOffset(`the piece at ${offset} is not there any more`);
      }
      yield { digest, bytes: await blobs.get(digest) };
      offset += found.size;
    }
  }

  async function forget(upload: string, size: number): Promise<void> {
    await lengths.forget(upload);
    for (let offset = 0; offset < size; ) {
      const digest = pieceOf(upload, offset);
      const found = await blobs.stat(digest);
      if (found === undefined) return;
      await blobs.delete(digest);
      offset += Math.max(1, found.size);
    }
  }

  return {
    async begin(key) {
      checkUploadSize(key.size, maxBytes);
      if (await isComplete(blobs, key)) return { offset: key.size, complete: true };
      return { offset: Math.min(key.size, await lengths.read(uploadOf(key))), complete: false };
    },

    async append(key, offset, bytes) {
      const next = offset + bytes.byteLength;
      checkUploadSize(Math.max(key.size, next), maxBytes);
      const upload = uploadOf(key);
      const there = await lengths.read(upload);
      if (offset !== there || next > key.size) throw wrongOffset(`the next piece begins at ${there}, not at ${offset}`);
      if (bytes.byteLength === 0) return offset;
      await inFile(async (path) => {
        await write(
          path,
          (async function* () {
            yield bytes;
          })(),
        );
        await blobs.put(pieceOf(upload, offset), { path, size: bytes.byteLength });
      });
      if (await lengths.move(upload, offset, next)) return next;
      throw wrongOffset('the same piece came twice at once');
    },

    async finish(key) {
      const upload = uploadOf(key);
      if (await isComplete(blobs, key)) return await forget(upload, key.size);
      const there = await lengths.read(upload);
      if (there !== key.size) throw wrongOffset(`${there} of ${key.size} bytes have come`);
      const hash = createHash('sha256');
      await inFile(async (path) => {
        await write(
          path,
          (async function* () {
            for await (const { bytes } of pieces(upload, key.size)) {
              for await (const part of bytes) {
                hash.update(part);
                yield part;
              }
            }
          })(),
        );
        if (hash.digest('hex') === key.digest) return await blobs.put(key.digest, { path, size: key.size });
        await forget(upload, key.size);
        throw wrongDigest();
      });
      await forget(upload, key.size);
    },

    /** Files of a process that was killed. */
    async sweep(before) {
      for (const name of await readdir(directory).catch(() => [])) {
        const path = join(directory, name);
        const found = await stat(path).catch(() => undefined);
        if (found !== undefined && found.mtimeMs < before) await rm(path, { force: true });
      }
    },
  };
}
