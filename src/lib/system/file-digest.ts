import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const READ_BYTES = 1024 * 1024;

/** SHA-256 of a file's first `size` bytes (all of it, unless given), in hex. */
export async function fileDigest(path: string, size = Number.POSITIVE_INFINITY): Promise<string> {
  const hash = createHash('sha256');
  if (size === 0) return hash.digest('hex');
  for await (const bytes of createReadStream(path, { highWaterMark: READ_BYTES, end: size - 1 })) {
    hash.update(bytes as Uint8Array);
  }
  return hash.digest('hex');
}
