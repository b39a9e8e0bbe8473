import type { Instant } from '../lib/clock.ts';

/**
 * Blobs kept in the database (`--blobs-system database`), in chunks. Each method is one short transaction, so that a large blob does not hold up
 * the others who write.
 */
export interface BlobRowStore {
  /** Says whether the blob is there whole; if not, makes its row. Of one that is whole the time is made new. */
  beginBlob(digest: string, size: number, now: Instant): Promise<{ readonly complete: boolean }>;
  /** A chunk that is there already stays as it is: it has the same bytes. */
  saveBlobChunk(digest: string, chunk: number, bytes: Uint8Array): Promise<void>;
  /** Makes its time new. False when it is not there whole. */
  renewBlob(digest: string, now: Instant): Promise<boolean>;
  completeBlob(digest: string, now: Instant): Promise<void>;
  readBlobChunk(digest: string, chunk: number): Promise<Uint8Array | undefined>;
  statBlob(
    digest: string,
  ): Promise<{ readonly size: number; readonly putAt: Instant; readonly complete: boolean } | undefined>;
  /**
   * Marks it as incomplete, takes away some of its chunks, and the row with the last ones. `more`: there is more to take away. `kept`: it was put, or made
   * new, since `putBefore`.
   */
  deleteBlobPart(digest: string, putBefore?: Instant): Promise<'gone' | 'more' | 'kept'>;
  /** In the order of digests, incomplete ones too. */
  listBlobs(
    after: string,
    limit: number,
  ): Promise<readonly { readonly digest: string; readonly size: number; readonly putAt: Instant }[]>;
}
