import type { BlobStore, Digest } from '../../blobs/blobs.ts';
import { blobNotFound } from '../../blobs/blobs.ts';
import { parseRange } from './byte-range.ts';

/** A blob as an answer, or the range of it that was asked for. */
export async function blobResponse(
  blobs: BlobStore,
  digest: Digest,
  rangeHeader: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const found = await blobs.stat(digest);
  if (found === undefined) throw blobNotFound(digest);
  return rangedResponse(found.size, rangeHeader, { etag: `"${digest}"`, ...headers }, (start, end) =>
    blobs.get(digest, { start, end }),
  );
}

/** Answers a request for all of something, or for a range of it. `open` gives bytes `[start, end)`. */
export async function rangedResponse(
  size: number,
  rangeHeader: string | undefined,
  headers: Readonly<Record<string, string>>,
  open: (start: number, end: number) => Promise<ReadableStream<Uint8Array>>,
): Promise<Response> {
  const common = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', ...headers };
  const range = parseRange(rangeHeader, size);
  if (range === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { ...common, 'content-range': `bytes */${size}` } });
  }
  const { start, end } = range ?? { start: 0, end: size };
  return new Response(await open(start, end), {
    status: range === undefined ? 200 : 206,
    headers: {
      ...common,
      'content-length': String(end - start),
      ...(range !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    },
  });
}
