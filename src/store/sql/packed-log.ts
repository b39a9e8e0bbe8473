/**
 * How the bytes of a log lie in the database: packed, where that makes them clearly fewer. Logs shrink to a tenth, and to write a byte costs many times what packing it does.
 * What is shorter than it should be is packed, so rows of before are read as they are.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { CodedError } from '../../lib/coded-error.ts';

/** Less than that is one page of the database either way. */
const LEAST_BYTES = 1024;
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function packLog(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength < LEAST_BYTES) return bytes;
  const packed = zstdCompressSync(bytes, FASTEST);
  return packed.byteLength < bytes.byteLength * 0.9 ? packed : bytes;
}

/** `size`: how many bytes they are. Error: `store.corrupt`. */
export function unpackLog(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.byteLength === size) return bytes;
  try {
    const whole = zstdDecompressSync(bytes, { maxOutputLength: size });
    if (whole.byteLength === size) return whole;
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}

const damaged = (cause?: unknown): CodedError =>
  new CodedError('store.corrupt', 'a piece of a log in the database is damaged', {
    cause,
    hint: 'restore the database from a backup, or delete the build',
  });
