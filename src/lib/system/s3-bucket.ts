/**
 * A bucket of an S3-compatible store, by the client that Bun has built in. Only what blobs need; what fails throws errors with the store's
 * own `code` (`NoSuchKey`, `AccessDenied`).
 */
import { open } from 'node:fs/promises';

export interface S3Options {
  /** `https://s3.example.com`; without one it is Amazon's for the region. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly bucket: string;
  /** True: `https://host/bucket/key`; false: `https://bucket.host/key`. */
  readonly pathStyle: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string | undefined;
}

export interface S3Object {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: number;
}

export interface S3Bucket {
  /** A small file in one request, a large one in parts, of which two are on their way at once. */
  upload(key: string, file: { readonly path: string; readonly size: number }): Promise<void>;
  download(key: string, range?: { readonly start: number; readonly end: number }): ReadableStream<Uint8Array>;
  /** Undefined when there is no such object. */
  stat(key: string): Promise<Omit<S3Object, 'key'> | undefined>;
  delete(key: string): Promise<void>;
  list(prefix: string, after: string | undefined, limit: number): Promise<readonly S3Object[]>;
}

const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
const RETRIES = 3;
/** As many as a store gives at once. */
const LIST_KEYS = 1_000;

export function openS3Bucket(options: S3Options): S3Bucket {
  const { endpoint, bucket } = options;
  const client = new Bun.S3Client({
    bucket,
    region: options.region ?? 'us-east-1',
    accessKeyId: options.accessKey,
    secretAccessKey: options.secretKey,
    ...(options.sessionToken !== undefined && { sessionToken: options.sessionToken }),
    ...(endpoint !== undefined && { endpoint }),
    virtualHostedStyle: !options.pathStyle,
  });

  return {
    async upload(key, { path, size }) {
      if (size <= PART_BYTES) {
        await client.write(key, await Bun.file(path).arrayBuffer(), { retry: RETRIES });
        return;
      }
      const writer = client.file(key).writer({ partSize: PART_BYTES, queueSize: PARTS_AT_ONCE, retry: RETRIES });
      const file = await open(path);
      try {
        for (let at = 0; at < size; at += PART_BYTES) {
          // Its own buffer each time: the one before may still be on its way.
          const bytes = new Uint8Array(Math.min(PART_BYTES, size - at));
          await file.read(bytes, 0, bytes.byteLength, at);
          writer.write(bytes);
          await writer.flush();
        }
        await writer.end();
      } catch (error) {
        // Half an upload costs room at the store until it is given up there.
        await Promise.resolve(writer.end(error instanceof Error ? error : new Error(String(error)))).catch(
          () => undefined,
        );
        throw error;
      } finally {
        await file.close();
      }
    },
    download: (key, range) => {
      const file = client.file(key);
      if (range === undefined) return file.stream() as ReadableStream<Uint8Array>;
      const part = file.slice(range.start, range.end).stream() as ReadableStream<Uint8Array>;
      // Bun 1.4 takes a slice from byte 0 for the whole object.
      return range.start === 0 ? firstBytes(part, range.end) : part;
    },
    async stat(key) {
      try {
        const { size, lastModified } = await client.stat(key);
        return { size, modifiedAt: lastModified.getTime() };
      } catch (error) {
        if (s3Code(error) === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    delete: (key) => client.delete(key),
    async list(prefix, after, limit) {
      const { contents = [] } = await client.list({
        prefix,
        maxKeys: LIST_KEYS,
        ...(after !== undefined && { startAfter: after }),
      });
      const found = contents.map(({ key, size = 0, lastModified }) => ({
        key,
        size,
        modifiedAt: lastModified === undefined ? 0 : new Date(lastModified).getTime(),
      }));
      // Not every S3-compatible store keeps to the order.
      return found.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
    },
  };
}

function firstBytes(stream: ReadableStream<Uint8Array>, count: number): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let left = count;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = left > 0 ? await reader.read() : { value: undefined, done: true };
      if (done || value === undefined) {
        await reader.cancel();
        controller.close();
        return;
      }
      const piece = value.subarray(0, left);
      left -= piece.byteLength;
      controller.enqueue(piece);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** The store's word for what went wrong; empty when it is none of the store's. */
export function s3Code(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
