/**
 * Blobs as files of a directory: `ab/cdef…`, by the first two digits. A file is written and synced under another name and then renamed, so that
 * there is never half of one. Refused when servers share a database: the other servers do not see it.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, open, readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { byteStream } from '../../lib/byte-stream.ts';
import type { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { type BlobEntry, type BlobStore, type ByteRange, blobNotFound, DIGEST_PATTERN, type Digest } from '../blobs.ts';
import { fileTrouble } from '../file-trouble.ts';

/** What a killed process was bringing, or taking away. */
const TEMPORARY = /^\.[0-9a-f]{16}$/;
const OLD_MS = 24 * 60 * 60_000;
const temporaryIn = (shard: string): string => join(shard, `.${randomBytes(8).toString('hex')}`);

const READ_BYTES = 256 * 1024;

export function createFsBlobs(root: string): BlobStore {
  const shardOf = (digest: Digest): string => join(root, digest.slice(0, 2));
  const pathOf = (digest: Digest): string => join(shardOf(digest), digest.slice(2));

  /** By a second name of the same file where the disk is the same, else as a copy. */
  async function bring(from: string, to: string): Promise<void> {
    try {
      await link(from, to);
    } catch (error) {
      if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoCode(error))) throw error;
      await copyFile(from, to);
    }
  }

  /** Opened when somebody reads: a stream that is left unread holds nothing. */
  async function* bytesOf(digest: Digest, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const file = await open(pathOf(digest)).catch((error: unknown) => {
      throw errnoCode(error) === 'ENOENT' ? blobNotFound(digest) : trouble(error);
    });
    try {
      for (let at = start; at < end; ) {
        const bytes = new Uint8Array(Math.min(READ_BYTES, end - at));
        const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield bytes.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  return {
    async put(digest, file) {
      try {
        if (await touch(pathOf(digest))) return;
        const shard = shardOf(digest);
        await mkdir(shard, { recursive: true, mode: 0o700 });
        const temporary = temporaryIn(shard);
        try {
          await bring(file.path, temporary);
          await sync(temporary);
          await rename(temporary, pathOf(digest));
        } catch (error) {
          await unlink(temporary).catch(() => undefined); // It may not exist; the first error is the one that counts.
          throw error;
        }
        await sync(shard);
        await touch(pathOf(digest));
      } catch (error) {
        throw trouble(error);
      }
    },

    async renew(digest) {
      try {
        return await touch(pathOf(digest));
      } catch (error) {
        throw trouble(error);
      }
    },

    async get(digest, range) {
      const found = await this.stat(digest);
      if (found === undefined) throw blobNotFound(digest);
      return byteStream(bytesOf(digest, range ?? { start: 0, end: found.size }));
    },

    async stat(digest) {
      try {
        const { size, mtimeMs } = await stat(pathOf(digest));
        return { size, putAt: Math.floor(mtimeMs) };
      } catch (error) {
        if (errnoCode(error) === 'ENOENT') return undefined;
        throw trouble(error);
      }
    },

    async delete(digest, putBefore) {
      const aside = temporaryIn(shardOf(digest));
      try {
        // Away first, and then looked at: whoever makes it new does so before, or finds it gone and brings it again.
        await rename(pathOf(digest), aside);
        const stays = putBefore !== undefined && (await stat(aside)).mtimeMs >= putBefore;
        if (stays) await rename(aside, pathOf(digest));
        else await unlink(aside);
        return !stays;
      } catch (error) {
        if (errnoCode(error) === 'ENOENT') return true;
        throw trouble(error);
      }
    },

    async list({ after = '', limit }) {
      const found: BlobEntry[] = [];
      for (const shard of await names(root)) {
        if (!/^[0-9a-f]{2}$/.test(shard) || shard < after.slice(0, 2)) continue;
        for (const name of await names(join(root, shard))) {
          const digest = `${shard}${name}`;
          if (TEMPORARY.test(name)) await removeOld(join(root, shard, name));
          if (!DIGEST_PATTERN.test(digest) || digest <= after) continue;
          const about = await this.stat(digest);
          if (about !== undefined) found.push({ digest, ...about });
          if (found.length === limit) return found;
        }
      }
      return found;
    },

    async close() {
      // Nothing is held open between calls.
    },
  };
}

/** Nobody is at work on one for so long. */
async function removeOld(temporary: string): Promise<void> {
  const found = await stat(temporary).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs < OLD_MS) return;
  await unlink(temporary).catch(() => undefined); // Somebody else removed it, or the next round does.
}

/** Makes its time new; false when it is not there. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function names(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw trouble(error);
  }
}

const trouble = (error: unknown): CodedError => fileTrouble(error, 'the directory of blobs');
