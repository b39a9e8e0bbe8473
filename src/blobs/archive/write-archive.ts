/** Packs what was selected into one file, and makes its listing. The same files give the same bytes. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { fileTrouble } from '../file-trouble.ts';
import { ARCHIVE_LIMITS, type ArchiveEntry, type ArchiveLimits, BLOCK_BYTES, checkLimits } from './archive-entry.ts';
import { createIndexWriter } from './archive-index.ts';
import { createMemberWriter, type MemberWriter } from './gzip-members.ts';
import { unreadable } from './select-paths.ts';
import { encodeHeader } from './tar-header.ts';

export interface WrittenArchive {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  readonly entries: number;
  readonly unpackedSize: number;
  /** The listing: small enough to be held in memory. */
  readonly index: Uint8Array;
}

const READ_BYTES = 256 * 1024;

/**
 * Writes the archive of `entries`, which lie below `root`, to the new file `to`. `signal` ends it between two reads. Throws
 * `archive.changed`, `archive.unreadable`, `archive.too_much`, `blobs.full`.
 */
export async function writeArchive(
  root: string,
  entries: readonly ArchiveEntry[],
  to: string,
  options: { readonly limits?: ArchiveLimits; readonly signal?: AbortSignal } = {},
): Promise<WrittenArchive> {
  const { limits = ARCHIVE_LIMITS, signal } = options;
  const output = await open(to, 'wx', 0o600).catch(outputTrouble);
  const index = createIndexWriter();
  let unpackedSize = 0;
  try {
    const tar = createMemberWriter(output);
    for (const [count, entry] of entries.entries()) {
      signal?.throwIfAborted();
      await tar.write(encodeHeader(entry));
      index.add(entry, tar.position);
      if (entry.kind !== 'file') continue;
      await copyFile(join(root, entry.path), entry, tar, signal);
      await tar.write(new Uint8Array((BLOCK_BYTES - (entry.size % BLOCK_BYTES)) % BLOCK_BYTES));
      unpackedSize += entry.size;
      checkLimits(limits, { entries: count + 1, unpackedBytes: unpackedSize, archiveBytes: tar.archiveBytes });
    }
    await tar.write(new Uint8Array(2 * BLOCK_BYTES));
    const { digest, size, members } = await tar.end();
    return { path: to, digest, size, entries: entries.length, unpackedSize, index: await index.end(members) };
  } catch (error) {
    return outputTrouble(error);
  } finally {
    await output.close();
  }
}

async function copyFile(
  path: string,
  entry: ArchiveEntry & { readonly kind: 'file' },
  tar: MemberWriter,
  signal: AbortSignal | undefined,
): Promise<void> {
  let file: FileHandle;
  try {
    // Not through a link that was put in its place meanwhile.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw ['ENOENT', 'ELOOP'].includes(errnoCode(error)) ? changed(entry.path) : unreadable(entry.path, error);
  }
  try {
    const buffer = new Uint8Array(Math.min(READ_BYTES, Math.max(1, entry.size)));
    for (let at = 0; at < entry.size; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.byteLength, entry.size - at), at);
      if (bytesRead === 0) throw changed(entry.path);
      await tar.write(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

function changed(path: string): CodedError {
  return new CodedError('archive.changed', `${path} was changed while it was packed`, {
    hint: 'does something still run that writes to it? steps side by side see the same directory',
  });
}

function outputTrouble(error: unknown): never {
  const errno = errnoCode(error);
  if (errno === '' || error instanceof CodedError) throw error;
  throw fileTrouble(error, 'the place where archives are packed');
}
