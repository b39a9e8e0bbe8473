import { gunzipSync, gzipSync } from 'node:zlib';

/** Larger ones are packed: databases limit what one statement may have, and these bodies pack well. */
const PLAIN_BYTES = 64 * 1024;
const GZIP = [0x1f, 0x8b] as const;

/** A webhook's body as it is kept. JSON never begins like something packed. */
export function packBody(body: Uint8Array): Uint8Array {
  return body.byteLength <= PLAIN_BYTES && !isPacked(body) ? body : gzipSync(body, { level: 1 });
}

export function unpackBody(kept: Uint8Array): Uint8Array {
  return isPacked(kept) ? gunzipSync(kept) : kept;
}

const isPacked = (bytes: Uint8Array): boolean => bytes[0] === GZIP[0] && bytes[1] === GZIP[1];
