/** Blobs as objects of a bucket: `<prefix>ab/cdef…`. The store makes an upload atomic; an object's time is new after each `put`, which sends it again. */
import { CodedError } from '../../lib/coded-error.ts';
import { type S3Bucket, s3Code } from '../../lib/system/s3-bucket.ts';
import {
  type BlobEntry,
  type BlobStore,
  blobNotFound,
  blobsUnavailable,
  DIGEST_PATTERN,
  type Digest,
} from '../blobs.ts';

/** One that was put so lately is taken to be as good as put now: the grace of collecting is far longer. */
const FRESH_MS = 60 * 60_000;

export function createS3Blobs(bucket: S3Bucket, prefix: string, now: () => number): BlobStore {
  const keyOf = (digest: Digest): string => `${prefix}${digest.slice(0, 2)}/${digest.slice(2)}`;
  const digestOf = (key: string): Digest => key.slice(prefix.length).replace('/', '');

  async function isFresh(digest: Digest): Promise<boolean> {
    const there = await bucket.stat(keyOf(digest));
    return there !== undefined && now() - there.modifiedAt < FRESH_MS;
  }

  async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof CodedError ? error : unavailable(what, error);
    }
  }

  return {
    put: (digest, file) =>
      attempt('a blob could not be sent to the S3 store', async () => {
        if (!(await isFresh(digest))) await bucket.upload(keyOf(digest), file);
      }),
    renew: (digest) => attempt('the S3 store could not be asked for a blob', () => isFresh(digest)),
    get: (digest, range) =>
      attempt('a blob could not be fetched from the S3 store', async () => {
        if ((await bucket.stat(keyOf(digest))) === undefined) throw blobNotFound(digest);
        if (range !== undefined && range.end <= range.start) return new Blob([]).stream();
        return bucket.download(keyOf(digest), range);
      }),
    stat: (digest) =>
      attempt('the S3 store could not be asked for a blob', async () => {
        const found = await bucket.stat(keyOf(digest));
        return found === undefined ? undefined : { size: found.size, putAt: found.modifiedAt };
      }),
    delete: (digest, putBefore) =>
      attempt('a blob could not be deleted from the S3 store', async () => {
        const there = putBefore === undefined ? undefined : await bucket.stat(keyOf(digest));
        if (there !== undefined && putBefore !== undefined && there.modifiedAt >= putBefore) return false;
        await bucket.delete(keyOf(digest));
        return true;
      }),
    list: ({ after, limit }) =>
      attempt('the blobs of the S3 store could not be listed', async () => {
        const found: BlobEntry[] = [];
        let last = after === undefined ? undefined : keyOf(after);
        // The bucket may hold what others keep there: a page of theirs is not the end of ours.
        for (;;) {
          const page = await bucket.list(prefix, last, limit);
          for (const { key, size, modifiedAt } of page) {
            const digest = digestOf(key);
            if (DIGEST_PATTERN.test(digest) && key === keyOf(digest)) found.push({ digest, size, putAt: modifiedAt });
          }
          last = page.at(-1)?.key;
          if (page.length < limit || found.length >= limit) return found.slice(0, limit);
        }
      }),
    async close() {
      // Requests are all there is.
    },
  };
}

function unavailable(what: string, error: unknown): CodedError {
  const code = s3Code(error);
  const hints: Readonly<Record<string, string>> = {
    NoSuchBucket: 'make the bucket, or name another with --blobs-bucket',
    AccessDenied: 'the key may not do this in the bucket: it needs to get, put, delete and list objects',
    InvalidAccessKeyId: 'look at AWS_ACCESS_KEY_ID, or at the file of --blobs-credentials',
    SignatureDoesNotMatch:
      'look at AWS_SECRET_ACCESS_KEY, or at the file of --blobs-credentials, and at --blobs-region',
    ConnectionRefused: 'nothing answers at --blobs-endpoint',
  };
  const hint = hints[code];
  const general = blobsUnavailable(what, error);
  return hint === undefined ? general : new CodedError(general.code, general.message, { cause: error, hint });
}
