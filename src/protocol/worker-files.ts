/**
 * What a worker and a server say to each other about large things, over HTTP beside the queue. All paths are below `WORKER_FILES_PATH` and the
 * attempt they are for: `/ATTEMPT/uploads/DIGEST`. The worker token comes as a bearer token, the grant's fencing number in `FENCING_HEADER`; an
 * attempt that is no longer in force may do nothing any more.
 *
 * | method and path | gives |
 * |---|---|
 * | POST uploads/:digest?size= | UploadState: how much is there |
 * | PUT uploads/:digest?size=&offset= | the next piece, at most PIECE_BYTES -> UploadState |
 * | POST uploads/:digest/finish?size= | UploadState, complete |
 * | GET blobs/:digest (Range) | bytes |
 * | POST caches/find | FindCache -> FoundCache |
 * | POST caches/save, caches/drop | NamedCache -> CacheDone |
 *
 * Refusals are problem+json, as in the API. A worker that has the queue alone sends the same over it, in smaller pieces (file-frames.ts).
 */
import { z } from 'zod';

export const WORKER_FILES_PATH = '/api/v1/worker/attempts';
export const FENCING_HEADER = 'pikoci-fencing';

/** A piece of an upload or a download: what both ends hold in memory of it. */
export const PIECE_BYTES = 4 * 1024 * 1024;

const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const uploadState = z.object({ offset: z.int().min(0), complete: z.boolean() });
export type UploadState = z.infer<typeof uploadState>;

/** Longer ones would not fit into the databases' indexes. */
export const LONGEST_CACHE_KEY = 200;
const cacheKey = z.string().max(LONGEST_CACHE_KEY);

export const findCache = z.object({
  /** Digest of the paths that the cache holds: others are another cache. */
  scope: digest,
  key: cacheKey.min(1),
  prefixes: z.array(cacheKey).max(20),
});
export type FindCache = z.infer<typeof findCache>;

export const cacheEntry = z.object({ key: z.string(), digest, size: z.int().min(0) });
export type CacheEntry = z.infer<typeof cacheEntry>;

export const foundCache = z.object({ cache: cacheEntry.optional() });

export const namedCache = z.object({ scope: digest, key: cacheKey.min(1), digest, size: z.int().min(0) });
export type NamedCache = z.infer<typeof namedCache>;

/** `done`: whether it made a difference; a key that is there keeps what it has. */
export const cacheDone = z.object({ done: z.boolean() });
