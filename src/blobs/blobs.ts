/**
 * The port for what is large: archives of artifacts and caches, their listings, later closed logs. A blob is named by the SHA-256 of its
 * bytes, so one is stored once whoever brings it, never changes, and can be checked by whoever reads it.
 *
 * - `put` is atomic: a blob is there whole or not at all, also after a kill. Of one that is there already only the time is made new.
 * - Any call may run beside any other. Who deletes what somebody reads breaks that reader off with an error.
 * - Memory stays small whatever the size: bytes come from files and go out in pieces.
 * - Errors: `blobs.not_found`, `blobs.full` (no room), `blobs.unavailable` (the place cannot be reached or refuses).
 */
import { CodedError } from '../lib/coded-error.ts';

/** SHA-256 in lower-case hex. */
export type Digest = string;

export const DIGEST_PATTERN = /^[0-9a-f]{64}$/;

export interface BlobStat {
  readonly size: number;
  /** When it was put, the last time: what nobody refers to is collected a while after. */
  readonly putAt: number;
}

/** Bytes `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface BlobEntry extends BlobStat {
  readonly digest: Digest;
}

export interface BlobStore {
  /**
   * Takes a file whose digest is known (the caller has worked it out; nobody else looks). The file stays the caller's, who may remove it
   * afterwards and must not write to it any more.
   */
  put(digest: Digest, file: { readonly path: string; readonly size: number }): Promise<void>;
  /**
   * Makes the time of one that is there new, as `put` would, so that it is not collected soon. False: it is not there, or the place cannot do that and it
   * has to be put again.
   */
  renew(digest: Digest): Promise<boolean>;
  /** The bytes, all or a range that lies within. */
  get(digest: Digest, range?: ByteRange): Promise<ReadableStream<Uint8Array>>;
  stat(digest: Digest): Promise<BlobStat | undefined>;
  /**
   * Whether it is gone; one that was not there is. With `putBefore` only one whose time is older: what somebody brings again, or makes new, while others
   * decide that it can go, stays (in S3, as far as can be seen).
   */
  delete(digest: Digest, putBefore?: number): Promise<boolean>;
  /** In the order of digests, those behind `after`; what was left half done by a killed process too, so that it can be deleted. */
  list(page: { readonly after?: Digest | undefined; readonly limit: number }): Promise<readonly BlobEntry[]>;
  close(): Promise<void>;
}

export function blobNotFound(digest: Digest): CodedError {
  return new CodedError('blobs.not_found', `there is no blob ${digest.slice(0, 12)}… any more`, {
    hint: 'what it belonged to was removed by retention, or the place where blobs are kept was changed',
  });
}

export function blobsUnavailable(what: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CodedError('blobs.unavailable', `${what}: ${why}`, { cause, hint: 'look at the --blobs-… settings' });
}
