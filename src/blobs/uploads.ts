/**
 * Blobs on their way in. What has come of one is kept in a file of this directory, whatever the adapter behind it, so that a sender that was cut
 * off (or a server that was killed) goes on where it was: `begin` says how much is there. Pieces are small and each is acknowledged, so nobody
 * holds more than one of them in memory; that a queue carries them instead of HTTP changes nothing here.
 *
 * The blob is put only when all of it is there and its digest is right. Errors: `upload.too_large`, `upload.wrong_offset` (ask again with `begin`),
 * `upload.wrong_digest` (what came is thrown away), and those of the port.
 */
import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { errnoCode } from '../lib/system/errno.ts';
import { fileDigest } from '../lib/system/file-digest.ts';
import type { BlobStore, Digest } from './blobs.ts';
import { fileTrouble } from './file-trouble.ts';

/** Which upload: two senders of the same blob do not mix their pieces. */
export interface UploadKey {
  readonly sender: string;
  readonly digest: Digest;
  readonly size: number;
  /** The sender may read the blob: one that is there already need not be sent. Of any other he shows by sending it that he has it. */
  readonly known: boolean;
}

export interface Uploads {
  /** How much of it is there. `complete`: the blob is there already, and nothing needs to be sent. */
  begin(key: UploadKey): Promise<{ readonly offset: number; readonly complete: boolean }>;
  /** Appends a piece that begins at `offset`; gives the offset of the next. */
  append(key: UploadKey, offset: number, bytes: Uint8Array): Promise<number>;
  finish(key: UploadKey): Promise<void>;
  /** Throws away what was last heard of before that instant. */
  sweep(before: number): Promise<void>;
}

export function createUploads(options: {
  readonly directory: string;
  readonly blobs: BlobStore;
  readonly maxBytes: number;
}): Uploads {
  const { directory, blobs, maxBytes } = options;
  /** One after the other within an upload: a piece that is sent again may overtake the first. */
  const turns = new Map<string, Promise<unknown>>();
  /** Of uploads that this process has seen from their beginning, so that they need not be read again. */
  const hashes = new Map<string, { readonly hash: Hash; bytes: number }>();

  const nameOf = ({ sender, digest }: UploadKey): string =>
    `${createHash('sha256').update(sender).digest('hex').slice(0, 32)}-${digest}`;
  const pathOf = (key: UploadKey): string => join(directory, nameOf(key));

  async function inTurn<T>(key: UploadKey, work: () => Promise<T>): Promise<T> {
    const name = nameOf(key);
    const before = turns.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    turns.set(name, settled);
    void settled.then(() => {
      if (turns.get(name) === settled) turns.delete(name);
    });
    try {
      return await mine;
    } catch (error) {
      throw errnoCode(error) === '' ? error : fileTrouble(error, 'the directory of uploads');
    }
  }

  async function sizeOf(path: string): Promise<number> {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (errnoCode(error) === 'ENOENT') return 0;
      throw error;
    }
  }

  async function forget(key: UploadKey): Promise<void> {
    hashes.delete(nameOf(key));
    await rm(pathOf(key), { force: true });
  }

  return {
    begin: (key) =>
      inTurn(key, async () => {
        checkUploadSize(key.size, maxBytes);
        if (await isComplete(blobs, key)) return { offset: key.size, complete: true };
        return { offset: Math.min(key.size, await sizeOf(pathOf(key))), complete: false };
      }),

    append: (key, offset, bytes) =>
      inTurn(key, async () => {
        checkUploadSize(Math.max(key.size, offset + bytes.byteLength), maxBytes);
        const path = pathOf(key);
        const there = await sizeOf(path);
        if (offset !== there || offset + bytes.byteLength > key.size) {
          throw wrongOffset(`the next piece begins at ${there}, not at ${offset}`);
        }
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const file = await open(path, 'a', 0o600);
        try {
          await file.appendFile(bytes);
        } catch (error) {
          // Half a piece must not be taken for a whole one.
          await file.truncate(there);
          throw error;
        } finally {
          await file.close();
        }
        const name = nameOf(key);
        if (offset === 0) hashes.set(name, { hash: createHash('sha256'), bytes: 0 });
        const known = hashes.get(name);
        if (known?.bytes === offset) {
          known.hash.update(bytes);
          known.bytes += bytes.byteLength;
        }
        return offset + bytes.byteLength;
      }),

    finish: (key) =>
      inTurn(key, async () => {
        if (await isComplete(blobs, key)) return await forget(key);
        const path = pathOf(key);
        const there = await sizeOf(path);
        if (there !== key.size) {
          throw wrongOffset(`${there} of ${key.size} bytes have come`);
        }
        if (key.size === 0) {
          await mkdir(directory, { recursive: true, mode: 0o700 });
          await (await open(path, 'a', 0o600)).close();
        }
        const known = hashes.get(nameOf(key));
        const digest = known?.bytes === key.size ? known.hash.copy().digest('hex') : await fileDigest(path);
        if (digest !== key.digest) {
          await forget(key);
          throw wrongDigest();
        }
        await blobs.put(key.digest, { path, size: key.size });
        await forget(key);
      }),

    async sweep(before) {
      for (const name of await readdir(directory).catch(() => [])) {
        const path = join(directory, name);
        const found = await stat(path).catch(() => undefined);
        if (found === undefined || found.mtimeMs >= before || turns.has(name)) continue;
        hashes.delete(name);
        await rm(path, { force: true });
      }
    },
  };
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

export function checkUploadSize(size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw new CodedError(
    'upload.too_large',
    `it has ${mebibytes(size)} packed, and the server takes at most ${mebibytes(maxBytes)}`,
    { hint: 'name fewer paths, or raise --max-artifact-size of the server' },
  );
}

export async function isComplete(blobs: BlobStore, key: UploadKey): Promise<boolean> {
  if (!key.known) return false;
  const found = await blobs.stat(key.digest);
  // Its time is made new: what refers to it is recorded a moment later.
  return found?.size === key.size && (await blobs.renew(key.digest));
}

export const wrongOffset = (message: string): CodedError =>
  new CodedError('upload.wrong_offset', message, { hint: 'ask how much is there, and go on behind it' });

export const wrongDigest = (): CodedError =>
  new CodedError('upload.wrong_digest', 'what came is not what was sent: its SHA-256 is another one', {
    hint: 'it is sent again from the beginning; if that happens often, look at the disks and the network',
  });
