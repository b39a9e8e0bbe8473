/**
 * The archive's compression: the tar is cut every MEMBER_BYTES, and each piece is a gzip member of its own. Together they are an ordinary
 * `.tar.gz`; any place in the tar is reached by opening the one member it lies in. Pieces are compressed two at a time, off the main thread.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { MEMBER_BYTES } from './archive-entry.ts';

const compress = promisify(gzip) as (bytes: Uint8Array, options: { level: number }) => Promise<Buffer>;
const LEVEL = 3;
const AT_ONCE = 2;
const HARDLY_SMALLER = 0.97;
const STORE_MEMBERS = 16;

export interface MemberWriter {
  /** Takes a copy of the bytes; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** How many bytes were written, before compression. */
  readonly position: number;
  /** How many bytes the archive has so far; what is being compressed is not in it. */
  readonly archiveBytes: number;
  end(): Promise<{ readonly digest: string; readonly size: number; readonly members: readonly number[] }>;
}

/** Writes to an open file, from its beginning. */
export function createMemberWriter(file: FileHandle): MemberWriter {
  const hash = createHash('sha256');
  const members: number[] = [];
  const underway: Promise<Buffer>[] = [];
  let piece = new Uint8Array(MEMBER_BYTES);
  let filled = 0;
  let position = 0;
  let archiveBytes = 0;
  let storing = 0;

  async function settleOldest(): Promise<void> {
    const bytes = await underway.shift();
    if (bytes === undefined) return;
    hash.update(bytes);
    await file.writev([bytes]);
    members.push(bytes.byteLength);
    // What is compressed already does not get smaller: a while no more is tried than to store it.
    if (storing === 0 && bytes.byteLength > HARDLY_SMALLER * MEMBER_BYTES) storing = STORE_MEMBERS;
    archiveBytes += bytes.byteLength;
  }

  async function seal(): Promise<void> {
    const full = piece.subarray(0, filled);
    piece = new Uint8Array(MEMBER_BYTES);
    filled = 0;
    const compressed = compress(full, { level: storing > 0 ? 0 : LEVEL });
    if (storing > 0) storing -= 1;
    // Whoever waits for it hears of a failure; that it is not waited for yet is no reason to end the program.
    compressed.catch(() => undefined);
    underway.push(compressed);
    if (underway.length >= AT_ONCE) await settleOldest();
  }

  return {
    get position() {
      return position;
    },
    get archiveBytes() {
      return archiveBytes;
    },
    async write(bytes) {
      for (let at = 0; at < bytes.byteLength; ) {
        const part = bytes.subarray(at, at + MEMBER_BYTES - filled);
        piece.set(part, filled);
        filled += part.byteLength;
        at += part.byteLength;
        position += part.byteLength;
        if (filled === MEMBER_BYTES) await seal();
      }
    },
    async end() {
      if (filled > 0) await seal();
      while (underway.length > 0) await settleOldest();
      return { digest: hash.digest('hex'), size: archiveBytes, members };
    },
  };
}
